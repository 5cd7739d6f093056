#include "controllers/usage/counter_account.hpp"

#include <algorithm>

#include "controllers/treasury/budget_window.hpp"

namespace bursar::usage {

namespace {

constexpr Duration kShortestWindow = std::chrono::minutes{1};

}  // namespace

void CounterAccount::learn(const std::map<std::string, TargetHistory>& targets) {
    std::set<Instant> scrapes;
    for (const auto& [name, history] : targets) {
        learnScrapes(targets_[name], history);
        scrapes.insert(history.upAt.begin(), history.upAt.end());
    }
    for (const Instant at : scrapes) {
        if (at <= lastScrape_) continue;
        if (at - lastScrape_ >= kShortestWindow) silences_.push_back({lastScrape_, at});
        lastScrape_ = at;
    }
}

void CounterAccount::learnScrapes(Target& target, const TargetHistory& history) {
    for (const Sample& start : history.processStarts) {
        target.started = std::max(target.started, Instant{std::chrono::seconds{start.value}});
    }
    for (const Instant at : history.upAt) {
        target.firstUp = std::min(target.firstUp, at);
        if (at <= target.lastUp) continue;
        const bool silent = target.lastUp != Instant::min() && at - target.lastUp >= kShortestWindow;
        if (silent && target.started <= target.lastUp) late_.push_back({target.lastUp, at});
        target.lastUp = at;
    }
}

bool CounterAccount::beganAtZero(const CounterSeries& series, const Sample& first) const {
    const auto found = targets_.find(series.target);
    if (found == targets_.end()) return false;
    return found->second.firstUp < first.at || found->second.started >= begin_;
}

void CounterAccount::count(const CounterSeries& series, const Sample& sample, std::int64_t tokens) {
    const auto window = windows_.find(series.pool);
    if (window == windows_.end() || tokens <= 0) return;
    const Instant start = treasury::windowAt(sample.at, window->second).start;
    const treasury::ConsumptionKey key{series.pool, series.team, start};
    if (series.counts == CounterSeries::Counts::Refusals) {
        refused_.insert(key);
        return;
    }
    view_.consumed[key] += api::Tokens{tokens};
    const auto cuts = cuts_.find({series.pool, series.team});
    if (cuts == cuts_.end()) return;
    // The sample tells what was consumed before it: the last cut that is earlier, if it lies in this window.
    const auto after = cuts->second.lower_bound(sample.at);
    if (after == cuts->second.begin() || *std::prev(after) < start) return;
    view_.consumedSince[key][*std::prev(after)] += api::Tokens{tokens};
}

void CounterAccount::add(const std::map<std::string, TargetHistory>& targets, const std::vector<CounterSeries>& batch) {
    learn(targets);
    for (const CounterSeries& series : batch) {
        for (const Sample& sample : series.samples) {
            const auto [last, first] = last_.try_emplace(series.id, sample);
            if (first) {
                if (sample.at < begin_) continue;
                if (beganAtZero(series, sample)) {
                    count(series, sample, sample.value);
                } else if (series.counts == CounterSeries::Counts::Tokens) {
                    undated_ += api::Tokens{sample.value};
                    late_.push_back({Instant::min(), sample.at});
                }
                continue;
            }
            if (sample.at <= last->second.at) continue;
            const std::int64_t before = last->second.value;
            last->second = sample;
            if (sample.at < begin_) continue;
            count(series, sample, sample.value >= before ? sample.value - before : sample.value);
        }
    }
}

bool CounterAccount::isGap(const treasury::TimeWindow& window) const {
    const Duration length = window.end - window.start;
    return std::any_of(silences_.begin(), silences_.end(),
                       [&](const Silence& silence) {
                           return silence.from < window.start && silence.until >= window.end;
                       }) ||
           std::any_of(late_.begin(), late_.end(), [&](const Silence& silence) {
               return silence.until >= window.start && silence.until < window.end &&
                      silence.from < window.start - length;
           });
}

treasury::ClosedUsage CounterAccount::closed(std::map<std::string, treasury::Reach> reach) const {
    treasury::ClosedUsage closed;
    const auto covers = [&](const treasury::ConsumptionKey& key) {
        const auto of = reach.find(key.pool);
        if (of == reach.end() || key.windowStart < of->second.asked) return false;
        return key.windowStart + treasury::lengthOf(windows_.at(key.pool)) <= of->second.until;
    };
    for (const auto& [key, tokens] : view_.consumed) {
        if (covers(key)) closed.lines[key].consumed = tokens;
    }
    for (const treasury::ConsumptionKey& key : refused_) {
        if (covers(key)) closed.lines[key].refused = true;
    }
    for (const auto& [pool, of] : reach) {
        const api::BudgetWindow length = windows_.at(pool);
        auto window = treasury::windowAt(std::max(of.asked, of.from), length);
        for (; window.end <= of.until; window = treasury::windowAt(window.end, length)) {
            if (isGap(window)) closed.gaps.insert({pool, window.start});
        }
    }
    closed.reach = std::move(reach);
    return closed;
}

void CounterAccount::prune(const std::map<std::string, Instant>& before) {
    const auto isOver = [&](const treasury::ConsumptionKey& key) {
        const auto window = windows_.find(key.pool);
        const auto end = before.find(key.pool);
        return window == windows_.end() || end == before.end() ||
               key.windowStart + treasury::lengthOf(window->second) <= end->second;
    };
    std::erase_if(view_.consumed, [&](const auto& entry) { return isOver(entry.first); });
    std::erase_if(view_.consumedSince, [&](const auto& entry) { return isOver(entry.first); });
    std::erase_if(refused_, isOver);
    Instant oldest = Instant::max();
    for (const auto& [pool, end] : before) oldest = std::min(oldest, end);
    const auto isPast = [&](const Silence& silence) { return silence.until < oldest; };
    std::erase_if(silences_, isPast);
    std::erase_if(late_, isPast);
}

}  // namespace bursar::usage
