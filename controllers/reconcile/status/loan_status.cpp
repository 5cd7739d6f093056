// The status of a BurstLoan.
#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"
#include "controllers/reconcile/status/status_render.hpp"
#include "controllers/reconcile/status/verdict.hpp"

namespace bursar::reconcile {
namespace {

using api::LoanPhase;
using nlohmann::json;
using treasury::LoanOutcome;

bool isApproved(const LoanOutcome& outcome) {
    return outcome.phase == LoanPhase::Scheduled || outcome.phase == LoanPhase::Active ||
           outcome.phase == LoanPhase::Returned;
}

// True if a borrowing rule denies the loan.
bool isRuled(const LoanOutcome& outcome) {
    return outcome.phase == LoanPhase::Denied && outcome.rule != treasury::LoanRule::None;
}

// The rule that denies the loan, or else its phase; the message with what would be approved instead.
Verdict verdictOn(const LoanOutcome& outcome) {
    const std::string_view reason = isRuled(outcome) ? treasury::toString(outcome.rule) : api::toString(outcome.phase);
    const std::string hints = treasury::hintSentence(outcome);
    return {outcome.phase != LoanPhase::Denied, std::string{reason},
            hints.empty() ? outcome.message : outcome.message + "; " + hints};
}

void setLoanReadiness(ConditionList& conditions, const treasury::LoanDecision& decision,
                      const std::string& waitingFor) {
    if (waitingFor.empty()) return setReadiness(conditions, decision.problems, verdictOn(decision.outcome));
    conditions.set(api::condition::kReady, "False", api::reason::kReturningToBaseline, waitingFor);
    conditions.set(api::condition::kReconciling, "True", api::reason::kReturningToBaseline, waitingFor);
}

void setPhase(ConditionList& conditions, const LoanOutcome& outcome) {
    const auto [ready, reason, message] = verdictOn(outcome);
    const bool decided = outcome.decidedAt != Instant{};
    conditions.set(api::condition::kApproved, decided ? conditionValue(isApproved(outcome)) : "Unknown", reason,
                   message);
    const std::string phase{api::toString(outcome.phase)};
    setCondition(conditions, api::condition::kActive, {outcome.phase == LoanPhase::Active, phase, message});
    setCondition(conditions, api::condition::kReturned, {outcome.phase == LoanPhase::Returned, phase, message});
}

json renderDecision(const LoanOutcome& outcome) {
    json out = {{"message", outcome.message}};
    if (isRuled(outcome)) out["rule"] = treasury::toString(outcome.rule);
    if (outcome.largestApprovable) out["largestApprovable"] = outcome.largestApprovable->value();
    if (outcome.earliestStart) out["earliestStart"] = formatInstant(*outcome.earliestStart);
    return out;
}

}  // namespace

json renderLoanStatus(const treasury::LoanDecision& decision, const std::string& waitingFor, const json& previous,
                      Instant now) {
    const LoanOutcome& outcome = decision.outcome;
    const json stored = storedConditions(previous);
    ConditionList conditions{stored, generationOf(previous), now};
    setLoanReadiness(conditions, decision, waitingFor);
    setPhase(conditions, outcome);
    json status = {{"observedGeneration", generationOf(previous)},
                   {"phase", api::toString(outcome.phase)},
                   {"granted", outcome.granted.value()},
                   {"drawn", outcome.drawn.value()},
                   {"curtailed", outcome.curtailed.value()}};
    if (!outcome.grantedRate.isZero()) status["grantedTokensPerMinute"] = outcome.grantedRate.value();
    if (outcome.decidedAt != Instant{}) status["decidedAt"] = formatInstant(outcome.decidedAt);
    if (isApproved(outcome)) {
        status["effectiveEnd"] = formatInstant(std::chrono::ceil<std::chrono::seconds>(outcome.effectiveEnd));
    }
    if (outcome.phase == LoanPhase::Returned) status["backToBaseline"] = api::toString(outcome.backToBaseline);
    status["decision"] = renderDecision(outcome);
    status["conditions"] = conditions.take();
    return status;
}

}  // namespace bursar::reconcile
