#include "operator/cli/explain/explain_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "controllers/api/suggestion.hpp"
#include "operator/cli/explain/explain_text.hpp"
#include "operator/cli/planning/decision_json.hpp"
#include "operator/cli/planning/plan.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/clock.hpp"

namespace bursar::cli {
namespace {

using treasury::QuotaDecision;
using Json = nlohmann::ordered_json;

// The name given, and what it may name.
struct Wanted {
    bool byTeam = true;
    bool byName = true;
    std::string name;
};

Result<Wanted> parseName(const std::vector<std::string>& words) {
    std::vector<std::string> parts = words;
    const std::size_t slash = parts.front().find('/');
    if (parts.size() == 1 && slash != std::string::npos) {
        parts = {words[0].substr(0, slash), words[0].substr(slash + 1)};
    }
    if (parts.size() == 1) return Wanted{true, true, parts[0]};
    static const std::set<std::string> kQuotaNames = {"tq", "teamquota", "teamquotas"};
    if (parts[0] == "team") return Wanted{true, false, parts[1]};
    if (kQuotaNames.contains(parts[0])) return Wanted{false, true, parts[1]};
    return makeError(ErrorCode::InvalidArgument,
                     fmt::format("\"{}\" cannot be explained; name a team, as in `bursar explain team search`, or a "
                                 "TeamQuota, as in `bursar explain tq quota -n search`",
                                 parts[0]));
}

Error unknown(const treasury::Decisions& decisions, const Wanted& wanted, const std::string& ns) {
    std::set<std::string> names;
    for (const QuotaDecision& quota : decisions.quotas) {
        if (ns.empty() || quota.ns == ns) names.insert(wanted.byTeam ? quota.team : quota.name);
    }
    const std::string kind = wanted.byTeam ? "team" : "TeamQuota";
    std::string message = fmt::format("there is no {} \"{}\"{}", kind, wanted.name,
                                      ns.empty() ? std::string{} : fmt::format(" in namespace \"{}\"", ns));
    if (names.empty()) return makeError(ErrorCode::NotFound, message + "; there are no TeamQuotas");
    std::vector<std::string> shown{names.begin(), names.end()};
    message += api::didYouMean(wanted.name, shown);
    constexpr std::size_t kMostNames = 20;
    const std::size_t more = shown.size() - std::min(shown.size(), kMostNames);
    shown.resize(shown.size() - more);
    message += fmt::format("{} there {}: {}{}", message.ends_with('?') ? "" : ";", shown.size() == 1 ? "is" : "are",
                           fmt::join(shown, ", "), more > 0 ? fmt::format(" and {} more", more) : std::string{});
    return makeError(ErrorCode::NotFound, message);
}

Result<std::vector<const QuotaDecision*>> select(const treasury::Decisions& decisions, const ExplainOptions& options) {
    const auto wanted = parseName(options.name);
    if (!wanted) return wanted.error();
    std::vector<const QuotaDecision*> selected;
    for (const QuotaDecision& quota : decisions.quotas) {
        if (!options.ns.empty() && quota.ns != options.ns) continue;
        if ((wanted->byTeam && quota.team == wanted->name) || (wanted->byName && quota.name == wanted->name)) {
            selected.push_back(&quota);
        }
    }
    if (selected.empty()) return unknown(decisions, *wanted, options.ns);
    return selected;
}

Json describe(const BudgetCase& found) {
    const treasury::Budget& budget = *found.ownShare().budget;
    Json out = {{"policy", found.policy->meta.name}, {"pool", found.pool->name}};
    out.update(toJson(toGrant(*found.ownShare().quota, budget)));
    out["advisoryHaircutPercent"] = budget.rationale.advisoryHaircutPercent;
    out["historyPercent"] = budget.rationale.historyPercent;
    out["capacity"] = found.decision->capacity.value();
    out["reserve"] = found.decision->reserve.value();
    out["distributable"] = found.decision->distributable.value();
    out["unallocated"] = found.decision->unallocated.value();
    out["level"] = found.decision->level ? Json(*found.decision->level) : Json(nullptr);
    out["loaned"] = budget.loaned.value();
    out["granted"] = budget.granted.value();
    out["consumed"] = found.consumptionKnown ? Json(budget.consumed.value()) : Json(nullptr);
    out["remaining"] = found.consumptionKnown ? Json(budget.remaining.value()) : Json(nullptr);
    out["periods"] = toJson(budget.forecastRecord);
    return out;
}

class Explainer {
  public:
    Explainer(const PlanInputs& inputs, const ExplainOptions& options) : inputs_(inputs), options_(options) {}

    Answer explain(const std::vector<const QuotaDecision*>& quotas) {
        for (const QuotaDecision* quota : quotas) explainQuota(*quota);
        if (options_.json) {
            answer_.out = dump({{"budgets", budgets_}});
        } else if (answer_.out.empty() && answer_.err.empty()) {
            answer_ = {{},
                       fmt::format("bursar explain: the team has no budget in pool \"{}\"\n", options_.pool),
                       kCannotBeDone};
        }
        return std::move(answer_);
    }

  private:
    void explainQuota(const QuotaDecision& quota) {
        for (const treasury::Problem& problem : quota.problems) {
            answer_.err += fmt::format("bursar explain: TeamQuota {}/{}: {}\n", printable(quota.ns),
                                       printable(quota.name), printable(problem.toString()));
            answer_.exitCode = 2;
        }
        for (const treasury::Budget& budget : quota.budgets) {
            if (!options_.pool.empty() && budget.pool != options_.pool) continue;
            const auto found = findCase(inputs_.after.world, inputs_.decisions, quota, budget.pool, inputs_.at);
            if (!found) continue;
            if (options_.json) {
                budgets_.push_back(describe(*found));
            } else {
                answer_.out += (answer_.out.empty() ? "" : "\n") + explainBudget(*found);
            }
        }
    }

    const PlanInputs& inputs_;
    const ExplainOptions& options_;
    Json budgets_ = Json::array();
    Answer answer_;
};

Answer failed(const Error& error) {
    return {{}, fmt::format("bursar explain: {}\n", printable(error.message)), kCannotBeDone};
}

}  // namespace

Answer runExplain(const ExplainOptions& options, const Surroundings& surroundings) {
    const auto inputs = readPlanInputs(options.inputs, surroundings);
    if (!inputs) return failed(inputs.error());
    const auto quotas = select(inputs->decisions, options);
    if (!quotas) return failed(quotas.error());
    Answer answer = Explainer{*inputs, options}.explain(*quotas);
    for (const std::string& note : inputs->notes) answer.err += fmt::format("bursar explain: {}\n", printable(note));
    if (!inputs->errors.empty()) {
        answer.err += fmt::format("bursar explain: the inputs have {} errors, first: {}\n", inputs->errors.size(),
                                  printable(inputs->errors.front().toString()));
        if (answer.exitCode == 0) answer.exitCode = kUnusable;
    }
    return answer;
}

}  // namespace bursar::cli
