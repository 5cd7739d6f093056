#include "controllers/ledger/metering_chain.hpp"

#include <algorithm>

#include "controllers/ledger/seq_range.hpp"

namespace bursar::ledger {
namespace {

// The largest record of a day, so that a ConfigMap can hold several.
constexpr std::size_t kSliceBytes = 256 << 10;

constexpr Duration kDay = std::chrono::hours{24};

std::optional<Instant> dayOf(const MeteringRecord& record) {
    return record.day ? std::optional{record.day->rest.day} : std::nullopt;
}

}  // namespace

Result<MeteringChain> MeteringChain::parse(std::string policy, StoredLines stored) {
    if (const auto usable = checkBegin(stored.begin); !usable) return usable.error();
    MeteringChain chain{std::move(policy)};
    chain.begin_ = std::move(stored.begin);
    for (std::string& line : stored.lines) {
        const auto record = unsealMetering(line);
        if (!record) return brokenRecord(claimedSeq(line, chain.tip().seq + 1), record.error().message);
        if (record->policy != chain.policy_) return brokenRecord(record->seq(), "it is another policy's");
        if (record->prev != chain.tip()) {
            return outOfOrder(record->seq());
        }
        chain.learn(*record);
        std::string hash = hashOf(line);
        chain.entries_.push_back({{record->seq(), std::move(hash)}, dayOf(*record), record->begins, std::move(line)});
    }
    if (const auto complete = checkTip(chain.tip(), stored.tip); !complete) return complete.error();
    return chain;
}

void MeteringChain::learn(const MeteringRecord& record) {
    if (record.begins) meteredUntil_ = *record.begins;
    if (record.day) meteredUntil_ = record.day->rest.day + kDay;
    if (record.statement) statements_[record.statement->period] = record.statement->sha256;
}

void MeteringChain::push(MeteringRecord record) {
    record.policy = policy_;
    record.prev = tip();
    learn(record);
    SealedLine sealed = seal(record);
    entries_.push_back({{record.seq(), std::move(sealed.hash)}, dayOf(record), record.begins, std::move(sealed.line)});
}

bool MeteringChain::begin(Instant day) {
    if (meteredUntil_) return false;
    push({{}, {}, day, {}, {}});
    return true;
}

bool MeteringChain::append(const treasury::MeteredDay& day) {
    if (meteredUntil_ && day.day < *meteredUntil_) return false;
    for (const treasury::MeteredDay& slice : sliced(day, kSliceBytes)) push({{}, {}, {}, treasury::rowsOf(slice), {}});
    return true;
}

bool MeteringChain::close(ClosedStatement statement) {
    if (statements_.contains(statement.period)) return false;
    push({{}, {}, {}, {}, std::move(statement)});
    return true;
}

void MeteringChain::dropBefore(Instant day) {
    const auto stays = [&](const Entry& entry) { return entry.day && *entry.day >= day; };
    const auto first = std::find_if(entries_.begin(), entries_.end(), stays);
    // If only the begin mark or statements come before the first kept day, dropping them saves too little.
    const bool anyDay = std::any_of(entries_.begin(), first, [](const Entry& entry) { return entry.day.has_value(); });
    if (first == entries_.end() || !anyDay) return;
    std::vector<ClosedStatement> closed;
    for (auto entry = entries_.begin(); entry != first; ++entry) {
        const auto record = entry->day ? Result<MeteringRecord>{MeteringRecord{}} : unsealMetering(entry->line);
        if (record && record->statement) closed.push_back(*record->statement);
    }
    begin_ = std::prev(first)->link;
    entries_.erase(entries_.begin(), first);
    for (ClosedStatement& statement : closed) push({{}, {}, {}, {}, std::move(statement)});
}

std::optional<Instant> MeteringChain::firstDay() const {
    for (const Entry& entry : entries_) {
        if (entry.begins) return entry.begins;
        if (entry.day) return entry.day;
    }
    return std::nullopt;
}

void MeteringChain::forEachDay(const treasury::TimeWindow& span,
                               const std::function<void(const treasury::MeteredRows&)>& visit) const {
    for (const Entry& entry : entries_) {
        if (!entry.day || *entry.day < span.start || *entry.day >= span.end) continue;
        // The line was verified when it was read, or sealed by push().
        const auto record = unsealMetering(entry.line);
        if (record && record->day) visit(*record->day);
    }
}

}  // namespace bursar::ledger
