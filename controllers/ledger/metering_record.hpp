// One record of the metering chain as text: a day, a slice of a day, or the closing of a statement.
//
// Form of a day: the models are listed once, and a team's usage is one string of numbers, as a ledger is mostly these:
// `{"day":"2026-11-24","models":[["chat","gpt-4o"]],"policy":"main","prev":{…},"teams":{"search":["CC-1","0 900 100
// 400"]}}` where `0 900 100 400` is the model's place, input, cached input and output. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/stored_chain.hpp"
#include "controllers/treasury/metering.hpp"

namespace bursar::ledger {

// What was fixed when a period was closed.
struct ClosedStatement {
    std::string period;
    std::string sha256;  // of the statement's bytes

    bool operator==(const ClosedStatement&) const = default;
};

struct MeteringRecord {
    std::string policy;
    Link prev;
    // One of these three. `begins`: metering begins with this day, nothing of it is recorded yet.
    std::optional<Instant> begins;
    std::optional<treasury::MeteredRows> day;
    std::optional<ClosedStatement> statement;

    [[nodiscard]] std::int64_t seq() const { return prev.seq + 1; }
};

SealedLine seal(const MeteringRecord& record);

// Internal where the line is not one of ours, or is not what its hash says.
Result<MeteringRecord> unsealMetering(std::string_view line);

// `day` in slices of about `bytes` each, so that one fits where it is stored. Together they are the day.
std::vector<treasury::MeteredDay> sliced(const treasury::MeteredDay& day, std::size_t bytes);

}  // namespace bursar::ledger
