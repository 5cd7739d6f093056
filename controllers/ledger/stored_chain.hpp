// The common form of the ledger's chains: lines, each with the SHA-256 of the one appended before it. Stores know only
// this form.
//
// A line is the hash, a space, and JSON with sorted keys and no spaces. The hash covers the JSON's bytes, so a reader
// need not be able to write the same bytes. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "operator/runtime/base/result.hpp"

namespace bursar::ledger {

// The content of a chain: closed budget windows (Chain), or metered days and closed statements (MeteringChain).
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

// linkOf throws nlohmann::json::exception if the object is not a link; its callers are readers in this folder.
nlohmann::json jsonOf(const Link& link);
Link linkOf(const nlohmann::json& object);

// A stored chain: lines oldest first; `begin` is the place before the first line, `tip` that of the last.
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

// The text of a line without its hash. Internal if the text does not match the hash.
Result<std::string_view> sealedText(std::string_view line);

// The JSON of a line. Internal if it is not JSON or does not match its hash.
Result<nlohmann::json> unsealLine(std::string_view line);

// The hash of a line that sealedText() accepts.
std::string hashOf(std::string_view line);

// The error of a reader: `record 17 is broken: …`.
Error brokenRecord(std::int64_t seq, std::string_view why);
// The record does not follow the one before it.
Error outOfOrder(std::int64_t seq);
// Internal unless the chain that was read up to `tip` ends where the store says.
Result<void> checkTip(const Link& tip, const Link& stored);

// The number that a broken line claims; `otherwise` if it has none.
std::int64_t claimedSeq(std::string_view line, std::int64_t otherwise);

}  // namespace bursar::ledger
