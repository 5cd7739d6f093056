#include "controllers/usage/counter_account.hpp"

#include <algorithm>

#include "controllers/treasury/budget_window.hpp"

namespace bursar::usage {

void CounterAccount::learn(const std::map<std::string, TargetHistory>& targets) {
    for (const auto& [name, history] : targets) {
        Target& target = targets_[name];
        for (const Instant at : history.upAt) {
            target.firstUp = std::min(target.firstUp, at);
            lastScrape_ = std::max(lastScrape_, at);
        }
        for (const Sample& start : history.processStarts) {
            target.started = std::max(target.started, Instant{std::chrono::seconds{start.value}});
        }
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
                } else {
                    undated_ += api::Tokens{sample.value};
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

void CounterAccount::prune(Instant before) {
    const auto isOver = [&](const auto& entry) {
        const auto window = windows_.find(entry.first.pool);
        return window == windows_.end() || entry.first.windowStart + treasury::lengthOf(window->second) <= before;
    };
    std::erase_if(view_.consumed, isOver);
    std::erase_if(view_.consumedSince, isOver);
}

}  // namespace bursar::usage
