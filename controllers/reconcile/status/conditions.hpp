// metav1.Condition lists as kstatus reads them: Ready always, Reconciling and Stalled only while they are True.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "operator/runtime/base/instant.hpp"

namespace bursar::reconcile {

// Builds a conditions list. A condition whose status did not change keeps its lastTransitionTime. Pure.
class ConditionList {
  public:
    // `previous` is the status.conditions that is stored now (null or absent: none).
    ConditionList(const nlohmann::json& previous, std::int64_t generation, Instant now)
        : previous_(previous), generation_(generation), now_(now) {}

    // `status` is True, False or Unknown. The message is cut at the 32 KiB a condition may hold.
    void set(const char* type, std::string_view status, std::string_view reason, std::string_view message);

    // Takes over the condition that is stored as it is. False where there is none of that type.
    bool keep(const char* type);

    [[nodiscard]] nlohmann::json take() { return std::move(list_); }

  private:
    [[nodiscard]] std::string transitionTime(const char* type, std::string_view status) const;

    const nlohmann::json& previous_;
    const std::int64_t generation_;
    const Instant now_;
    nlohmann::json list_ = nlohmann::json::array();
};

// A condition of a status; null where it has none of that type.
const nlohmann::json* findCondition(const nlohmann::json& status, std::string_view type);

// The status (`True`, …) of a condition in a stored object; empty when it has none.
std::string conditionStatus(const nlohmann::json& object, std::string_view type);

}  // namespace bursar::reconcile
