// The chain of records of one policy: appended to, folded, verified. Pure; what stores it is a Ledger.
//
// Every record carries the hash of the one appended before it. Folding appends records that stand for a run at the end
// of the chain, and the run goes: the first of them also carries the record before the run, so the chain can be
// followed across. What was closed is kept by window for the open day (while that is small), by day for the open month,
// and by month for kMonthsKept.
//
// Guarantees: a window of a pool is recorded once, as windows before the last one recorded are passed over; after any
// sequence of appends the sums are those of every window once, whatever was folded when.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "controllers/ledger/record.hpp"

namespace bursar::ledger {

// 24 quarters, the most a haircut looks back, and the open one.
inline constexpr int kMonthsKept = 75;

class Chain final : public StoredChain {
  public:
    explicit Chain(std::string policy) : policy_(std::move(policy)) {}

    // Internal where the lines are not one unbroken chain: the message names the first broken record.
    static Result<Chain> parse(std::string policy, StoredLines stored);

    // Appends what has closed of a policy's pools: entries of one calendar day, each pool's in order of time. What is
    // there already is passed over. False where nothing was new.
    bool append(std::vector<treasury::PoolTally> closed);

    [[nodiscard]] const std::string& policy() const { return policy_; }
    [[nodiscard]] ChainName name() const override { return {ChainKind::Windows, policy_}; }
    [[nodiscard]] const Link& begin() const override { return begin_; }
    [[nodiscard]] std::size_t size() const override { return records_.size(); }
    [[nodiscard]] Link linkAt(std::size_t index) const override { return records_[index].link(); }
    [[nodiscard]] const std::string& lineAt(std::size_t index) const override { return records_[index].line; }
    [[nodiscard]] std::span<const Sealed> records() const { return records_; }
    // By pool, the end of the last window that is recorded.
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
