// BurstLoan: a written request to draw on the burst pool (namespaced, short name `loan`), and the decision on it.
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

// After a loan: whether the team kept to its baseline until the cooldown was over.
enum class BackToBaseline { Unknown, True, False };

std::string_view toString(BackToBaseline back);

// The decision as the object's status stores it. It is the promise, and survives a restart of the operator.
struct LoanRecord {
    LoanPhase phase = LoanPhase::Pending;
    std::int64_t observedGeneration = 0;
    Tokens granted;
    TokensPerMinute grantedTokensPerMinute;
    Tokens drawn;                         // tokens, in the last window in which it was active
    Instant decidedAt{};                  // the loan begins at this instant or later
    std::optional<Instant> effectiveEnd;  // set once it ended, also where it ended early
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
    std::optional<Instant> deletedAt;  // deletion was requested; our finalizer keeps the object
    bool finalizer = false;            // the object has our finalizer
    std::string teamQuota;
    std::string pool;
    Tokens tokens;  // more than the baseline, in every budget window in which it is active
    TokensPerMinute tokensPerMinute;
    std::optional<Instant> start;  // absent: as soon as it is approved
    Instant end{};
    std::string reason;
    bool acceptPartial = false;
    std::optional<LoanRecord> record;  // absent: never decided

    std::vector<FieldError> errors;
};

// Keeps a loan that is being deleted until every gateway is back at the team's baseline.
inline constexpr const char* kLoanFinalizer = "bursar.dev/return";

BurstLoan parseBurstLoan(const nlohmann::json& object);

}  // namespace bursar::api
