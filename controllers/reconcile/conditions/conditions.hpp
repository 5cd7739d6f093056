// metav1.Condition lists, as kstatus reads them: Ready always, Reconciling and Stalled only while True.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "operator/runtime/base/instant.hpp"

namespace bursar::reconcile {

// Builds a list of conditions. A condition whose status did not change keeps its lastTransitionTime. Pure.
class ConditionList {
  public:
    // `previous` is the stored status.conditions; any other value than a list counts as an empty one.
    ConditionList(const nlohmann::json& previous, std::int64_t generation, Instant now)
        : previous_(previous), generation_(generation), now_(now) {}

    // `status` is True, False or Unknown; `reason` is a constant of controllers/api/condition_reasons.hpp. The message
    // is cut to 32 KiB, the limit of a condition.
    void set(const char* type, std::string_view status, std::string_view reason, std::string_view message);

    // Keeps the stored condition unchanged. False if there is none of that type.
    bool keep(const char* type);

    [[nodiscard]] nlohmann::json take() { return std::move(list_); }

  private:
    [[nodiscard]] std::string transitionTime(const char* type, std::string_view status) const;

    const nlohmann::json& previous_;
    const std::int64_t generation_;
    const Instant now_;
    nlohmann::json list_ = nlohmann::json::array();
};

// A condition of a status; null if it has none of that type.
const nlohmann::json* findCondition(const nlohmann::json& status, std::string_view type);

// The status (`True`, …) of a condition in a stored object; empty if it has none.
std::string conditionStatus(const nlohmann::json& object, std::string_view type);

}  // namespace bursar::reconcile
