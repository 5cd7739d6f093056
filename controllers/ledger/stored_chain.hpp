// What every chain of the ledger has in common, whatever its records are about: lines, each with the SHA-256 of the one
// appended before it. Stores know only this.
//
// A line is the hash, a space, and JSON with sorted keys and no spaces; the hash is over the JSON as it stands, so a
// reader need not write it the same way. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "operator/runtime/base/result.hpp"

namespace bursar::ledger {

// What a chain is about: closed budget windows (Chain), or metered days and closed statements (MeteringChain).
enum class ChainKind { Windows, Metering };

// `windows` and `metering`.
std::string_view toString(ChainKind kind);

// A policy has one chain of each kind.
struct ChainName {
    ChainKind kind = ChainKind::Windows;
    std::string policy;

    auto operator<=>(const ChainName&) const = default;
};

// A place in a chain.
struct Link {
    std::int64_t seq = 0;
    std::string hash = std::string(64, '0');

    bool operator==(const Link&) const = default;
};

// linkOf throws nlohmann::json::exception where it is none; its callers, all in this library, catch it where they read.
nlohmann::json jsonOf(const Link& link);
Link linkOf(const nlohmann::json& object);

// A chain as it was stored: lines oldest first, `begin` being the place before the first and `tip` that of the last.
struct StoredLines {
    Link begin;
    Link tip;
    std::vector<std::string> lines;
};

// A chain as a store sees it.
class StoredChain {
  public:
    virtual ~StoredChain() = default;

    [[nodiscard]] virtual ChainName name() const = 0;
    [[nodiscard]] virtual const Link& begin() const = 0;
    [[nodiscard]] virtual std::size_t size() const = 0;
    [[nodiscard]] virtual Link linkAt(std::size_t index) const = 0;
    // Without a line break.
    [[nodiscard]] virtual const std::string& lineAt(std::size_t index) const = 0;

    [[nodiscard]] Link tip() const { return size() == 0 ? begin() : linkAt(size() - 1); }
};

// A line and its hash.
struct SealedLine {
    std::string line;
    std::string hash;
};
SealedLine sealLine(const nlohmann::json& object);

// What a line holds beside its hash. Internal where it is not what its hash says.
Result<std::string_view> sealedText(std::string_view line);

// The JSON of a line. Internal where it is none, or is not what its hash says.
Result<nlohmann::json> unsealLine(std::string_view line);

// The hash a line begins with; for a line that unsealLine() takes.
std::string hashOf(std::string_view line);

// The error of a reader: `record 17 is broken: …`.
Error brokenRecord(std::int64_t seq, std::string_view why);

// The number a line claims to have, for naming it when nothing else of it can be trusted.
std::int64_t claimedSeq(std::string_view line, std::int64_t otherwise);

}  // namespace bursar::ledger
