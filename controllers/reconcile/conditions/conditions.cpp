#include "controllers/reconcile/conditions/conditions.hpp"

#include "operator/runtime/base/utf8.hpp"

namespace bursar::reconcile {
namespace {

constexpr std::size_t kMaxMessage = 32'768;

// Null if there is none of that type, or `conditions` is not a list.
const nlohmann::json* findIn(const nlohmann::json& conditions, std::string_view type) {
    if (!conditions.is_array()) return nullptr;
    for (const nlohmann::json& condition : conditions) {
        if (condition.value("type", "") == type) return &condition;
    }
    return nullptr;
}

}  // namespace

std::string ConditionList::transitionTime(const char* type, std::string_view status) const {
    const nlohmann::json* condition = findIn(previous_, type);
    if (condition == nullptr || condition->value("status", "") != status) return formatInstant(now_);
    return condition->value("lastTransitionTime", formatInstant(now_));
}

bool ConditionList::keep(const char* type) {
    const nlohmann::json* condition = findIn(previous_, type);
    if (condition != nullptr) list_.push_back(*condition);
    return condition != nullptr;
}

void ConditionList::set(const char* type, std::string_view status, std::string_view reason, std::string_view message) {
    list_.push_back({{"type", type},
                     {"status", status},
                     {"reason", reason},
                     {"message", boundedText(message, kMaxMessage)},
                     {"observedGeneration", generation_},
                     {"lastTransitionTime", transitionTime(type, status)}});
}

const nlohmann::json* findCondition(const nlohmann::json& status, std::string_view type) {
    if (!status.is_object()) return nullptr;
    const auto conditions = status.find("conditions");
    return conditions == status.end() ? nullptr : findIn(*conditions, type);
}

std::string conditionStatus(const nlohmann::json& object, std::string_view type) {
    const auto status = object.find("status");
    const nlohmann::json* condition = status == object.end() ? nullptr : findCondition(*status, type);
    return condition == nullptr ? std::string{} : condition->value("status", "");
}

}  // namespace bursar::reconcile
