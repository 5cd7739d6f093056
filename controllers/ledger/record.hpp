// One record of the ledger as text: the line that is stored, and the SHA-256 it is chained by.
//
// A line is the hash, a space, and JSON with sorted keys and no spaces; sums are decimal strings, as they may need more
// than 64 bits. The hash is over the JSON as it stands, so a reader need not write it the same way. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/stored_chain.hpp"
#include "controllers/treasury/closing.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::ledger {

// What a record's entries were folded to. An entry of `Windows` is a window (or a run of gaps); of `Day` a day or the
// part of it that has closed; of `Month` the same of a month.
enum class Level { Windows, Day, Month };

std::string_view toString(Level level);

struct Record {
    std::string policy;
    Link prev;  // the record that was appended before it
    // A fold: the record before the first one it replaced. Those from there until `prev` are no longer stored.
    std::optional<Link> base;
    Level level = Level::Windows;
    std::vector<treasury::PoolTally> entries;

    [[nodiscard]] std::int64_t seq() const { return prev.seq + 1; }
};

// A record with its stored form.
struct Sealed {
    Record record;
    std::string line;  // without a line break
    std::string hash;

    [[nodiscard]] Link link() const { return {record.seq(), hash}; }
};

Sealed seal(Record record);

// Internal where the line is not one of ours, or is not what its hash says.
Result<Sealed> unseal(std::string line);

}  // namespace bursar::ledger
