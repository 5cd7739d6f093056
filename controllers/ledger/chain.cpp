#include "controllers/ledger/chain.hpp"

#include <algorithm>
#include <utility>

#include "controllers/ledger/seq_range.hpp"

namespace bursar::ledger {
namespace {

using treasury::PoolTally;
using treasury::TimeWindow;

// Beyond this size, the windows of the open day fold into one entry for its closed part.
constexpr std::size_t kMostOpenBytes = 128 << 10;

TimeWindow dayAt(Instant at) { return treasury::windowAt(at, api::BudgetWindow::Day); }

Instant startOf(const Record& record) {
    Instant start = record.entries.front().span.start;
    for (const PoolTally& entry : record.entries) start = std::min(start, entry.span.start);
    return start;
}

std::optional<Error> checkLink(const Record& record, const Link& before) {
    if (record.base && *record.base != before) {
        return brokenRecord(record.seq(),
                            "it does not follow the record it was folded behind, so one is missing or changed");
    }
    if (!record.base && record.prev != before) {
        return outOfOrder(record.seq());
    }
    return std::nullopt;
}

}  // namespace

Result<Chain> Chain::parse(std::string policy, StoredLines stored) {
    if (const auto usable = checkBegin(stored.begin); !usable) return usable.error();
    Chain chain{std::move(policy)};
    chain.begin_ = std::move(stored.begin);
    for (const std::string& line : stored.lines) {
        auto sealed = unseal(line);
        if (!sealed) return brokenRecord(claimedSeq(line, chain.tip().seq + 1), sealed.error().message);
        if (sealed->record.policy != chain.policy_) return brokenRecord(sealed->record.seq(), "it is another policy's");
        if (auto error = checkLink(sealed->record, chain.tip())) return std::move(*error);
        chain.records_.push_back(std::move(*sealed));
    }
    if (const auto complete = checkTip(chain.tip(), stored.tip); !complete) return complete.error();
    for (const PoolTally& entry : chain.entries()) {
        Instant& until = chain.recordedUntil_.try_emplace(entry.pool, entry.span.end).first->second;
        until = std::max(until, entry.span.end);
    }
    return chain;
}

std::vector<PoolTally> Chain::entries() const {
    std::vector<PoolTally> all;
    for (const Sealed& sealed : records_) {
        all.insert(all.end(), sealed.record.entries.begin(), sealed.record.entries.end());
    }
    return all;
}

std::vector<const PoolTally*> Chain::entryPointers() const {
    std::vector<const PoolTally*> all;
    for (const Sealed& sealed : records_) {
        for (const PoolTally& entry : sealed.record.entries) all.push_back(&entry);
    }
    return all;
}

void Chain::push(Level level, std::vector<PoolTally> entries, std::optional<Link> base) {
    records_.push_back(seal({policy_, tip(), std::move(base), level, std::move(entries)}));
}

bool Chain::append(std::vector<PoolTally> closed) {
    std::map<std::string, std::vector<PoolTally>> fresh;  // by pool: one pool per record keeps records small
    for (PoolTally& entry : closed) {
        const auto known = recordedUntil_.find(entry.pool);
        if (known != recordedUntil_.end() && entry.span.end <= known->second) continue;
        recordedUntil_[entry.pool] = entry.span.end;
        fresh[entry.pool].push_back(std::move(entry));
    }
    if (fresh.empty()) return false;
    const Instant start = fresh.begin()->second.front().span.start;
    foldBefore(start);
    dropBefore(start);
    for (auto& [pool, entries] : fresh) push(Level::Windows, std::move(entries), std::nullopt);
    if (openBytes() > kMostOpenBytes) foldTail(Level::Day);
    return true;
}

void Chain::foldBefore(Instant at) {
    if (records_.empty()) return;
    const Instant last = startOf(records_.back().record);
    if (dayAt(last).end <= at) foldTail(Level::Day);
    if (treasury::monthAt(last).end <= at) foldTail(Level::Month);
}

// The first record of the run at the end that a fold to `level` replaces: records of lower levels, and those of `level`
// for the same days (months).
std::size_t Chain::tailOf(Level level) const {
    Instant oldest = Instant::max();
    std::size_t first = records_.size();
    while (first > 0) {
        const Record& record = records_[first - 1].record;
        if (record.level > level) break;
        const TimeWindow unit = level == Level::Day ? dayAt(startOf(record)) : treasury::monthAt(startOf(record));
        if (record.level == level && unit.end <= oldest) break;
        oldest = std::min(oldest, unit.start);
        --first;
    }
    return first;
}

void Chain::foldTail(Level level) {
    const std::size_t first = tailOf(level);
    std::vector<PoolTally> entries;
    for (std::size_t i = first; i < records_.size(); ++i) {
        const auto& more = records_[i].record.entries;
        entries.insert(entries.end(), more.begin(), more.end());
    }
    const std::size_t before = entries.size();
    std::vector<PoolTally> folded = treasury::fold(std::move(entries), level == Level::Day ? dayAt : treasury::monthAt);
    if (folded.size() == before) return;
    std::optional<Link> base = first == 0 ? begin_ : records_[first - 1].link();
    const std::size_t last = records_.size();
    for (PoolTally& entry : folded) {
        push(level, {std::move(entry)}, std::exchange(base, std::nullopt));
    }
    records_.erase(records_.begin() + static_cast<std::ptrdiff_t>(first),
                   records_.begin() + static_cast<std::ptrdiff_t>(last));
}

std::size_t Chain::openBytes() const {
    std::size_t bytes = 0;
    for (auto sealed = records_.rbegin(); sealed != records_.rend(); ++sealed) {
        if (sealed->record.level != Level::Windows) break;
        bytes += sealed->line.size();
    }
    return bytes;
}

void Chain::dropBefore(Instant at) {
    const std::chrono::year_month_day month{std::chrono::floor<std::chrono::days>(treasury::monthAt(at).start)};
    const Instant kept{std::chrono::sys_days{month - std::chrono::months{kMonthsKept}}};
    const auto first = std::find_if(records_.begin(), records_.end(),
                                    [&](const Sealed& sealed) { return startOf(sealed.record) >= kept; });
    if (first == records_.begin()) return;
    begin_ = std::prev(first)->link();
    records_.erase(records_.begin(), first);
}

}  // namespace bursar::ledger
