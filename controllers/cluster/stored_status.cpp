#include "controllers/cluster/stored_status.hpp"

namespace bursar::cluster {
namespace {

// A field that cannot be read counts as absent: only we write statuses.
api::FieldReader statusOf(const nlohmann::json& object, std::vector<api::FieldError>& ignored) {
    static const nlohmann::json kNone = nlohmann::json::object();
    const auto status = object.find("status");
    const bool there = status != object.end() && status->is_object();
    return {there ? *status : kNone, "status", ignored};
}

constexpr int kMostPercent = 100;

}  // namespace

std::map<std::pair<std::string, Instant>, api::Tokens> storedConsumption(const nlohmann::json& object) {
    std::map<std::pair<std::string, Instant>, api::Tokens> consumed;
    std::vector<api::FieldError> ignored;
    for (const api::FieldReader& budget : statusOf(object, ignored).list("budgets")) {
        const auto start = budget.instant("windowStart");
        const auto tokens = budget.amount<api::Tokens>("consumed");
        if (start && tokens) consumed[{budget.text("pool"), *start}] = *tokens;
    }
    return consumed;
}

std::map<std::string, treasury::Remembered> storedRecord(const nlohmann::json& object) {
    std::map<std::string, treasury::Remembered> remembered;
    std::vector<api::FieldError> ignored;
    const api::FieldReader status = statusOf(object, ignored);
    for (const api::FieldReader& rationale : status.list("rationale")) {
        treasury::Remembered& of = remembered[rationale.text("pool")];
        if (const auto history = rationale.amount<api::Tokens>("history")) of.history = history->value();
        of.haircut.percent = rationale.number("advisoryHaircutPercent", 0, 0, kMostPercent);
    }
    for (const api::FieldReader& period : status.list("forecastRecord")) {
        treasury::Haircut::Term term;
        term.period = period.text("period");
        term.forecast = period.amount<api::Tokens>("forecast").value_or(api::Tokens{}).value();
        term.actual = period.amount<api::Tokens>("actual").value_or(api::Tokens{}).value();
        term.errorPercent = period.text("errorPercent");
        term.overPercent = period.text("overPercent");
        term.throttledPercent = period.number("throttledPercent", 0, 0, kMostPercent);
        term.haircutPercent = period.number("haircutPercent", 0, 0, kMostPercent);
        remembered[period.text("pool")].haircut.terms.push_back(std::move(term));
    }
    return remembered;
}

void restoreFromStatus(const nlohmann::json& object, const api::TeamQuota& quota, const RestoredParts& parts,
                       treasury::World& world) {
    if (parts.consumption) {
        treasury::UsageView& usage = world.usage[quota.policy];
        usage.known = false;
        for (const auto& [window, tokens] : storedConsumption(object)) {
            usage.consumed[{window.first, quota.team, window.second}] = tokens;
        }
    }
    if (parts.record) {
        for (auto& [pool, remembered] : storedRecord(object)) {
            world.remembered[{quota.policy, pool, quota.team}] = std::move(remembered);
        }
    }
}

}  // namespace bursar::cluster
