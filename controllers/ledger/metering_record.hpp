// One record of the metering chain as text: a day, a slice of a day, or the closing of a statement.
//
// Form of a day: models are listed once, and a team's usage is one string of numbers, because most of a ledger is
// usage:
// `{"day":"2026-11-24","models":[["chat","gpt-4o"]],"policy":"main","prev":{…},"teams":{"search":["CC-1","0 900 100
// 400"]}}` where `0 900 100 400` is the model's index, input, cached input and output tokens. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/stored_chain.hpp"
#include "controllers/treasury/chargeback/metering.hpp"

namespace bursar::ledger {

// A closed period: the hash fixes its statement.
struct ClosedStatement {
    std::string period;
    std::string sha256;  // of the statement's bytes

    bool operator==(const ClosedStatement&) const = default;
};

struct MeteringRecord {
    std::string policy;
    Link prev;
    // Exactly one of these three. `begins`: metering begins with this day, which is not recorded yet.
    std::optional<Instant> begins;
    std::optional<treasury::MeteredRows> day;
    std::optional<ClosedStatement> statement;

    [[nodiscard]] std::int64_t seq() const { return prev.seq + 1; }
};

SealedLine seal(const MeteringRecord& record);

// Internal if the line has another form, or does not match its hash.
Result<MeteringRecord> unsealMetering(std::string_view line);

// Splits `day` by teams into slices of about `bytes` each, so that the store can hold one.
std::vector<treasury::MeteredDay> sliced(const treasury::MeteredDay& day, std::size_t bytes);

}  // namespace bursar::ledger
