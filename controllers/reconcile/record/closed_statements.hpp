// The closed statements of a policy, as far as they were read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "operator/runtime/base/instant.hpp"

namespace bursar::reconcile {

struct ClosedStatement {
    std::string period;
    std::string sha256;  // of its bytes
    Instant issuedAt;
    std::string currency;
    std::int64_t amount = 0;  // minor units

    bool operator==(const ClosedStatement&) const = default;
};

struct PolicyStatements {
    bool known = false;                   // reading the ledger succeeded once
    std::vector<ClosedStatement> closed;  // the last kStatementsShown, oldest first
    std::optional<Instant> closedUntil;   // the end of the last period that is closed
    std::string waitingFor;               // why a period that is due is not closed; empty if none is due
    std::string problem;                  // of the ledger; empty when all is well

    bool operator==(const PolicyStatements&) const = default;
};

inline constexpr std::size_t kStatementsShown = 8;

}  // namespace bursar::reconcile
