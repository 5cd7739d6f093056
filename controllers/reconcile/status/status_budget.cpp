#include "controllers/reconcile/status/status_budget.hpp"

namespace bursar::reconcile {
namespace {

using nlohmann::json;

void eraseFrom(json& status, const char* list, std::initializer_list<const char*> fields) {
    const auto found = status.find(list);
    if (found == status.end()) return;
    json& part = *found;
    if (part.is_object()) {
        for (const char* field : fields) part.erase(field);
    } else if (part.is_array()) {
        for (json& element : part) {
            for (const char* field : fields) element.erase(field);
        }
    }
}

// The status without the amounts that change with every scrape. usedPercent stays, so whole points count.
json withoutConsumption(json status) {
    eraseFrom(status, "summary", {"consumed", "cost"});
    eraseFrom(status, "budgets", {"consumed", "remaining"});
    eraseFrom(status, "pools", {"consumed", "drawn"});
    eraseFrom(status, "chargeback", {"amount", "forecastAmount", "models"});
    status.erase("drawn");  // of a BurstLoan
    return status;
}

}  // namespace

json withoutTransients(json status) {
    status = withoutConsumption(std::move(status));
    eraseFrom(status, "conditions", {"lastTransitionTime"});
    eraseFrom(status, "gateways", {"lastAppliedTime"});
    status.erase("decidedAt");  // of a BurstLoan
    return status;
}

WriteNeed writeNeed(const json& stored, const json& desired) {
    if (stored == desired) return WriteNeed::None;
    return withoutConsumption(stored) == withoutConsumption(desired) ? WriteNeed::Later : WriteNeed::Now;
}

}  // namespace bursar::reconcile
