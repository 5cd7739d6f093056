#include "controllers/api/burst_loan.hpp"

#include <algorithm>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"
#include "controllers/api/names.hpp"

namespace bursar::api {
namespace {

constexpr std::pair<std::string_view, LoanPhase> kPhases[] = {
    {reason::kPending, LoanPhase::Pending}, {reason::kScheduled, LoanPhase::Scheduled},
    {reason::kActive, LoanPhase::Active},   {reason::kReturned, LoanPhase::Returned},
    {reason::kDenied, LoanPhase::Denied},   {reason::kCancelled, LoanPhase::Cancelled}};

constexpr std::pair<std::string_view, BackToBaseline> kBack[] = {
    {"Unknown", BackToBaseline::Unknown}, {"True", BackToBaseline::True}, {"False", BackToBaseline::False}};

// The operator writes the status, so a field that cannot be read is treated as absent.
std::optional<LoanRecord> readRecord(const nlohmann::json& object) {
    const auto found = object.find("status");
    if (found == object.end() || !found->is_object() || !found->contains("phase")) return std::nullopt;
    std::vector<FieldError> ignored;
    const FieldReader status{*found, "status", ignored};
    LoanRecord record;
    record.phase = status.oneOf("phase", kPhases, LoanPhase::Pending);
    record.observedGeneration = status.count("observedGeneration", 0);
    record.granted = status.amount<Tokens>("granted").value_or(Tokens{});
    record.grantedTokensPerMinute =
        status.amount<TokensPerMinute>("grantedTokensPerMinute").value_or(TokensPerMinute{});
    record.drawn = status.amount<Tokens>("drawn").value_or(Tokens{});
    record.decidedAt = status.instant("decidedAt").value_or(Instant{});
    record.effectiveEnd = status.instant("effectiveEnd");
    record.curtailed = status.amount<Tokens>("curtailed").value_or(Tokens{});
    record.backToBaseline = status.oneOf("backToBaseline", kBack, BackToBaseline::Unknown);
    const FieldReader decision = status.child("decision");
    record.rule = decision.text("rule");
    record.message = decision.text("message");
    record.largestApprovable = decision.amount<Tokens>("largestApprovable");
    record.earliestStart = decision.instant("earliestStart");
    for (const FieldReader& entry : status.list("conditions")) {
        if (entry.text("type") == condition::kReady && entry.text("reason") == reason::kPolicyNotFound)
            record.policyMissingSince = entry.instant("lastTransitionTime");
    }
    return record;
}

}  // namespace

std::string_view toString(LoanPhase phase) { return nameOf(kPhases, phase); }

std::string_view toString(BackToBaseline back) { return nameOf(kBack, back); }

BurstLoan parseBurstLoan(const nlohmann::json& object) {
    BurstLoan loan;
    loan.meta = readObjectMeta(object);
    if (const auto metadata = object.find("metadata"); metadata != object.end() && metadata->is_object()) {
        std::vector<FieldError> ignored;
        const FieldReader reader{*metadata, "metadata", ignored};
        loan.deletedAt = reader.instant("deletionTimestamp");
        const auto finalizers = reader.texts("finalizers");
        loan.finalizer = std::find(finalizers.begin(), finalizers.end(), kLoanFinalizer) != finalizers.end();
    }
    const FieldReader spec{object.is_object() && object.contains("spec") ? object["spec"] : object, "spec",
                           loan.errors};
    loan.teamQuota = spec.requiredText("teamQuota");
    loan.pool = spec.requiredText("pool");
    loan.tokens = spec.requiredAmount<Tokens>("tokens");
    loan.tokensPerMinute = spec.amount<TokensPerMinute>("tokensPerMinute").value_or(TokensPerMinute{});
    loan.start = spec.instant("start");
    if (!spec.has("end")) spec.errorAt("end", "is required");
    loan.end = spec.instant("end").value_or(Instant{});
    loan.reason = spec.text("reason");
    loan.acceptPartial = spec.flag("acceptPartial", false);
    loan.record = readRecord(object);
    return loan;
}

}  // namespace bursar::api
