// Raw counter samples of a gateway, as a usage source reads them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/pricing.hpp"
#include "operator/runtime/base/instant.hpp"

namespace bursar::usage {

struct Sample {
    Instant at;
    std::int64_t value = 0;  // tokens since the counter began
};

// One counter series of the gateway: its identity, the team and pool it counts for, and its samples in order of time.
struct CounterSeries {
    enum class Counts { Tokens, Refusals };
    std::string id;      // the full label set, as one string
    std::string target;  // job and instance: the process that exports it
    std::string team;
    std::string pool;
    std::vector<Sample> samples;
    Counts counts = Counts::Tokens;
    std::string model = {};
    std::optional<api::TokenType> type = {};  // absent: a type without a price
};

// The scrapes of one process.
struct TargetHistory {
    std::vector<Instant> upAt;          // successful scrapes, in order
    std::vector<Sample> processStarts;  // value: process start in Unix seconds, as seen at `at`
};

// Everything a source has for one span of time.
struct UsageBatch {
    std::map<std::string, TargetHistory> targets;
    std::vector<CounterSeries> series;
};

}  // namespace bursar::usage
