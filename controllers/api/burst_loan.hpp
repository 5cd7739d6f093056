// BurstLoan: a written request to draw on the burst pool (namespaced, short name `loan`), and what was decided of it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/api/field_reader.hpp"
#include "controllers/api/object_meta.hpp"
#include "controllers/api/tokens.hpp"

namespace bursar::api {

enum class LoanPhase { Pending, Scheduled, Active, Returned, Denied, Cancelled };

std::string_view toString(LoanPhase phase);

// After a loan: did the team keep to its baseline until the cooldown was over?
enum class BackToBaseline { Unknown, True, False };

std::string_view toString(BackToBaseline back);

// The decision as the object's status holds it: the promise, which outlives the operator.
struct LoanRecord {
    LoanPhase phase = LoanPhase::Pending;
    std::int64_t observedGeneration = 0;
    Tokens granted;
    TokensPerMinute grantedTokensPerMinute;
    Tokens drawn;                         // in the last window it was active in
    Instant decidedAt{};                  // the loan begins no earlier
    std::optional<Instant> effectiveEnd;  // where it ended or was cut short
    Tokens curtailed;
    BackToBaseline backToBaseline = BackToBaseline::Unknown;
    std::string rule;
    std::string message;
    std::optional<Tokens> largestApprovable;
    std::optional<Instant> earliestStart;
    std::optional<Instant> policyMissingSince;  // its AllocationPolicy was not there when the status was written
};

struct BurstLoan {
    ObjectMeta meta;
    std::optional<Instant> deletedAt;  // deletion was asked for; our finalizer holds it
    bool finalizer = false;            // ours is there
    std::string teamQuota;
    std::string pool;
    Tokens tokens;  // extra, in every budget window it is active
    TokensPerMinute tokensPerMinute;
    std::optional<Instant> start;  // absent: as soon as it is approved
    Instant end{};
    std::string reason;
    bool acceptPartial = false;
    std::optional<LoanRecord> record;  // absent: never decided

    std::vector<FieldError> errors;
};

// The finalizer that keeps an active loan until the gateway is back at baseline.
inline constexpr const char* kLoanFinalizer = "bursar.dev/return";

BurstLoan parseBurstLoan(const nlohmann::json& object);

}  // namespace bursar::api
