// One record of closed windows as text: its stored line, and the SHA-256 that links it to the next.
//
// The form of a line: stored_chain.hpp. Sums are decimal strings, because they may need more than 64 bits. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/stored_chain.hpp"
#include "controllers/treasury/closing.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::ledger {

// The unit of a record's entries. An entry of `Windows` is a window or a run of gaps, an entry of `Day` or `Month` is
// that unit or the part of it that has closed.
enum class Level { Windows, Day, Month };

std::string_view toString(Level level);

struct Record {
    std::string policy;
    Link prev;  // the record appended before it
    // Of a fold: the record before the first one it replaced. The records from there to `prev` are no longer stored.
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

// Internal if the line has another form, or does not match its hash.
Result<Sealed> unseal(std::string line);

}  // namespace bursar::ledger
