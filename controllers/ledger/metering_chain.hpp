// The metering chain of one policy: a record for each day (several where it is large), in order, and one for each
// statement that was closed. Pure; what stores it is a Ledger.
//
// Guarantees: a day is recorded once, as what ends at or before the last one recorded is passed over; days are read
// back as they were written. Unlike closed windows days are never folded: a price may change from one to the next.
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

    // Internal where the lines are not one unbroken chain: the message names the first broken record.
    static Result<MeteringChain> parse(std::string policy, StoredLines stored);

    // Marks the day metering begins with; false where it has begun.
    bool begin(Instant day);
    // Appends the next day. False where it is recorded already.
    bool append(const treasury::MeteredDay& day);
    // Fixes a closed statement; false where that was done.
    bool close(ClosedStatement statement);
    // Forgets days before this one. Closed statements that stood among them are said again at the end.
    void dropBefore(Instant day);

    [[nodiscard]] const std::string& policy() const { return policy_; }
    // The end of the last day that is recorded, or the day metering begins with; nothing where it has not begun.
    [[nodiscard]] std::optional<Instant> meteredUntil() const { return meteredUntil_; }
    // The first day it still has, or the one metering begins with.
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
