#include "operator/cli/planning/decision_json.hpp"
#include "operator/cli/review/review.hpp"
#include "operator/cli/text/json_null.hpp"

namespace bursar::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view kindOf(WaterfallStep::Kind kind) {
    switch (kind) {
        case WaterfallStep::Kind::Asked:
            return "asked";
        case WaterfallStep::Kind::Subtotal:
            return "subtotal";
        case WaterfallStep::Kind::Change:
            return "change";
        case WaterfallStep::Kind::Granted:
            return "granted";
    }
    return {};
}

Json describe(const WaterfallStep& step) {
    return {{"kind", kindOf(step.kind)}, {"term", step.term}, {"from", step.from}, {"to", step.to}, {"why", step.why}};
}

Json describe(const Review& review, const ReviewPool& pool, const ReviewBudget& budget) {
    Json out = toJson(budget.grant);
    out["costCenter"] = orNull(budget.costCenter);
    out["justification"] = orNull(budget.justification);
    out["advisoryHaircutPercent"] = budget.terms().advisoryHaircutPercent;
    out["historyPercent"] = budget.terms().historyPercent;
    out["grantOtherwise"] = orNull(budget.otherwise);
    out["waterfall"] = Json::array();
    for (const WaterfallStep& step : waterfallOf(budget.terms(), review.rulesOf(pool))) {
        out["waterfall"].push_back(describe(step));
    }
    out["periods"] = toJson(budget.periods);
    return out;
}

Json describe(const Review& review, const ReviewPool& pool) {
    const treasury::PoolDecision& decision = pool.decision;
    Json out = {{"name", pool.rules.name},
                {"window", api::toString(pool.rules.window)},
                {"capacity", decision.capacity.value()},
                {"reserve", decision.reserve.value()},
                {"distributable", decision.distributable.value()},
                {"asked", pool.asked()},
                {"claimed", pool.claimed()},
                {"granted", decision.granted.value()},
                {"unallocated", decision.unallocated.value()},
                {"level", orNull(decision.level)},
                {"overcommitted", decision.overcommitted},
                {"lendable", decision.lendable().value()},
                {"lent", decision.loans.lent.value()},
                {"promised", decision.loans.promised.value()},
                {"drawn", decision.loans.drawn.value()},
                {"grants", Json::array()}};
    for (const ReviewBudget& budget : pool.budgets) out["grants"].push_back(describe(review, pool, budget));
    for (const PlanGrant& grant : pool.leaving) out["grants"].push_back(toJson(grant));
    return out;
}

Json describe(const ReviewLoan& each) {
    Json out = toJson(each.loan);
    const treasury::LoanOutcome& outcome = each.loan.decision.outcome;
    out["start"] = formatInstant(each.span.start);
    out["end"] = formatInstant(each.span.end);
    out["drawn"] = outcome.drawn.value();
    out["reason"] = each.reason;
    return out;
}

Json totals(const std::vector<std::pair<std::string, treasury::StatementTotal>>& sums, const char* name, int digits) {
    Json out = Json::array();
    for (const auto& [payer, total] : sums) {
        out.push_back({{name, payer}, {"tokens", total.tokens}, {"amount", api::formatMoney(total.amount, digits)}});
    }
    return out;
}

Json describe(const treasury::Statement& statement) {
    const int digits = statement.digits();
    const treasury::StatementTotal total = totalOf(statement);
    const auto centers = totalsByCostCenter(statement);
    return {{"period", statement.period.toString()},
            {"closed", statement.closed},
            {"currency", statement.currency},
            {"amount", api::formatMoney(total.amount, digits)},
            {"tokens", total.tokens},
            {"costCenters", totals({centers.begin(), centers.end()}, "costCenter", digits)},
            {"teams", totals(totalsByTeam(statement), "team", digits)}};
}

}  // namespace

std::string renderJson(const Review& review) {
    Json out = {{"policy", review.policy->meta.name},
                {"period", review.period.toString()},
                {"at", formatInstant(review.at)},
                {"charter",
                 {{"sponsor", orNull(review.charter.sponsor)},
                  {"document", orNull(review.charter.document)},
                  {"approvedOn", orNull(review.charter.approvedOn)}}},
                {"enforcement", enforcementTitle(review.enforcement())},
                {"before", orNull(review.before)},
                {"pools", Json::array()},
                {"loans", Json::array()},
                {"cost", review.cost ? describe(review.cost->statement) : Json(nullptr)},
                {"notes", review.notes}};
    for (const ReviewPool& pool : review.pools) out["pools"].push_back(describe(review, pool));
    for (const ReviewLoan& loan : review.loans) out["loans"].push_back(describe(loan));
    return dump(out);
}

}  // namespace bursar::cli
