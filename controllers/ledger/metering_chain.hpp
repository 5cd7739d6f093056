// The metering chain of one policy: in order, a record for each day (several if it is large), and one for each closed
// statement. Pure; a Ledger stores it.
//
// Guarantees: a day is recorded once, because append() skips days before the end of the last one; days are read as they
// were written. Unlike closed windows, days are never folded: a price may change from one day to the next.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/metering_record.hpp"

namespace bursar::ledger {

class MeteringChain final : public StoredChain {
  public:
    explicit MeteringChain(std::string policy) : policy_(std::move(policy)) {}

    // Internal if the lines are not one unbroken chain; the message names the first broken record.
    static Result<MeteringChain> parse(std::string policy, StoredLines stored);

    // Marks the first day of metering; false if metering has begun.
    bool begin(Instant day);
    // Appends the next day. False if it is recorded.
    bool append(const treasury::MeteredDay& day);
    // Records the hash of a closed statement; false if its period is closed.
    bool close(ClosedStatement statement);
    // Drops days before this one. Closed statements among them are appended again at the end.
    void dropBefore(Instant day);

    [[nodiscard]] const std::string& policy() const { return policy_; }
    // The end of the last recorded day, or the first day of metering; absent if metering has not begun.
    [[nodiscard]] std::optional<Instant> meteredUntil() const { return meteredUntil_; }
    // The first day in the chain, or the first day of metering.
    [[nodiscard]] std::optional<Instant> firstDay() const;
    // By period, the SHA-256 of the statement's bytes.
    [[nodiscard]] const std::map<std::string, std::string>& statements() const { return statements_; }
    // Days (or slices of them) that start in the span, oldest first, decoded one at a time.
    void forEachDay(const treasury::TimeWindow& span,
                    const std::function<void(const treasury::MeteredRows&)>& visit) const;

    [[nodiscard]] ChainName name() const override { return {ChainKind::Metering, policy_}; }
    [[nodiscard]] const Link& begin() const override { return begin_; }
    [[nodiscard]] std::size_t size() const override { return entries_.size(); }
    [[nodiscard]] Link linkAt(std::size_t index) const override { return entries_[index].link; }
    [[nodiscard]] const std::string& lineAt(std::size_t index) const override { return entries_[index].line; }

  private:
    struct Entry {
        Link link;
        std::optional<Instant> day;  // of a record of a day
        std::optional<Instant> begins;
        std::string line;
    };
    void push(MeteringRecord record);
    void learn(const MeteringRecord& record);

    std::string policy_;
    Link begin_;
    std::vector<Entry> entries_;
    std::optional<Instant> meteredUntil_;
    std::map<std::string, std::string> statements_;
};

}  // namespace bursar::ledger
