// The chain of one policy's closed windows: append, fold, verify. Pure; a Ledger stores it.
//
// Every record carries the hash of the one appended before it. A fold replaces a run of records at the end of the chain
// by new records; the first of these also carries the link before the run, so that a reader can follow the chain across
// the fold. The chain keeps windows for the open day (while that is small), days for the open month, and months for
// kMonthsKept.
//
// Guarantees: a window of a pool is recorded once, because append() skips windows before the last recorded one; the
// sums are those of every window once, whatever was folded when.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "controllers/ledger/record.hpp"

namespace bursar::ledger {

// The open quarter and 24 before it, the longest lookback of a haircut.
inline constexpr int kMonthsKept = 75;

class Chain final : public StoredChain {
  public:
    explicit Chain(std::string policy) : policy_(std::move(policy)) {}

    // Internal if the lines are not one unbroken chain; the message names the first broken record.
    static Result<Chain> parse(std::string policy, StoredLines stored);

    // Appends closed windows: entries of one calendar day, each pool's in order of time. Skips recorded windows. False
    // if none was new.
    bool append(std::vector<treasury::PoolTally> closed);

    [[nodiscard]] const std::string& policy() const { return policy_; }
    [[nodiscard]] ChainName name() const override { return {ChainKind::Windows, policy_}; }
    [[nodiscard]] const Link& begin() const override { return begin_; }
    [[nodiscard]] std::size_t size() const override { return records_.size(); }
    [[nodiscard]] Link linkAt(std::size_t index) const override { return records_[index].link(); }
    [[nodiscard]] const std::string& lineAt(std::size_t index) const override { return records_[index].line; }
    [[nodiscard]] std::span<const Sealed> records() const { return records_; }
    // By pool, the end of the last recorded window.
    [[nodiscard]] const std::map<std::string, Instant>& recordedUntil() const { return recordedUntil_; }
    [[nodiscard]] std::vector<treasury::PoolTally> entries() const;
    // The same without a copy; valid until the chain changes.
    [[nodiscard]] std::vector<const treasury::PoolTally*> entryPointers() const;

  private:
    void push(Level level, std::vector<treasury::PoolTally> entries, std::optional<Link> base);
    void foldBefore(Instant at);
    void foldTail(Level level);
    [[nodiscard]] std::size_t tailOf(Level level) const;
    [[nodiscard]] std::size_t openBytes() const;
    void dropBefore(Instant at);

    std::string policy_;
    Link begin_;
    std::vector<Sealed> records_;
    std::map<std::string, Instant> recordedUntil_;
};

}  // namespace bursar::ledger
