#include "controllers/usage/counter_account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/treasury/budget_window.hpp"

namespace bursar::usage {

namespace {

constexpr Duration kShortestWindow = std::chrono::minutes{1};
// The largest difference between the clocks of a target and of Prometheus.
constexpr Duration kClockSkew = std::chrono::minutes{1};
// No sample arrives later than this after the last scrape.
constexpr Duration kLatest = std::chrono::hours{1};
// The longest time between two scrapes of a healthy target.
constexpr Duration kScrapedWithin = std::chrono::minutes{5};

}  // namespace

void CounterAccount::learn(const std::map<std::string, TargetHistory>& targets) {
    std::set<Instant> scrapes;
    for (const auto& [name, history] : targets) {
        Target& target = targets_[name];
        learnStarts(name, target, history.processStarts);
        learnScrapes(target, history);
        scrapes.insert(history.upAt.begin(), history.upAt.end());
    }
    if (!scrapes.empty()) firstScrape_ = std::min(firstScrape_, *scrapes.begin());
    for (const Instant at : scrapes) {
        if (at <= lastScrape_) continue;
        if (at - lastScrape_ >= kShortestWindow) silences_.push_back({lastScrape_, at});
        lastScrape_ = at;
    }
}

// A process that replaces another starts after the other's last scrape. If a reported start rises but lies before that
// scrape, the process is the same and its machine's clock was set.
void CounterAccount::learnStarts(const std::string& name, Target& target, const std::vector<Sample>& starts) {
    for (const Sample& start : starts) {
        if (start.at <= target.startSeen) continue;
        const Instant began{std::chrono::seconds{start.value}};
        const bool another =
            target.startSeen != Instant::min() && began > target.started && began > target.startSeen - kClockSkew;
        if (another) {
            target.restarts.push_back(start.at);
            target.mostSeries = 0;
            meter_.lose({target.startSeen, start.at, {name}, {}, {}, {}});
        }
        if (target.startValue != start.value) target.sameSince = start.at;
        target.startValue = start.value;
        target.started = std::max(target.started, began);
        target.startSeen = start.at;
    }
}

// A process exports every counter it ever had, so a scrape with fewer series lost some on the way.
void CounterAccount::learnSeries(const std::vector<CounterSeries>& batch) {
    std::unordered_map<std::string, std::size_t> seen;
    for (const CounterSeries& series : batch) {
        const auto target = targets_.find(series.target);
        if (target == targets_.end() || series.samples.empty()) continue;
        if (series.samples.back().at == target->second.lastUp) ++seen[series.target];
    }
    for (auto& [name, target] : targets_) {
        const auto found = seen.find(name);
        const std::size_t count = found == seen.end() ? 0 : found->second;
        if (count < target.mostSeries) continue;
        target.mostSeries = count;
        target.wholeAt = target.lastUp;
    }
}

bool CounterAccount::isSameProcess(const Target& target, Instant from, Instant until) const {
    return target.sameSince <= from && target.startSeen >= until;
}

void CounterAccount::learnScrapes(Target& target, const TargetHistory& history) {
    for (const Instant at : history.upAt) {
        target.firstUp = std::min(target.firstUp, at);
        if (at <= target.lastUp) continue;
        const bool silent = target.lastUp != Instant::min() && at - target.lastUp >= kShortestWindow;
        if (silent && target.started <= target.lastUp) late_.push_back({target.lastUp, at});
        target.lastUp = at;
    }
}

// Keeps the latest restart: a series may appear long after it.
void CounterAccount::pruneRestarts(Target& target) const {
    auto& restarts = target.restarts;
    while (restarts.size() > 1 && restarts[1] <= lastScrape_ - kLatest) restarts.erase(restarts.begin());
}

bool CounterAccount::beganAtZero(const CounterSeries& series, const Sample& first) const {
    const auto found = targets_.find(series.target);
    if (found == targets_.end()) return false;
    return found->second.firstUp < first.at || found->second.started >= std::max(begin_, targetsKeptFrom_);
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
    meter_.count(series.team, {series.pool, series.model}, series.type, sample.at, api::Tokens{tokens});
    const auto cuts = cuts_.find({series.pool, series.team});
    if (cuts == cuts_.end()) return;
    // The tokens of a sample were consumed before it, so they belong to the last earlier cut of this window.
    const auto after = cuts->second.lower_bound(sample.at);
    if (after == cuts->second.begin() || *std::prev(after) < start) return;
    view_.consumedSince[key][*std::prev(after)] += api::Tokens{tokens};
}

void CounterAccount::add(const std::map<std::string, TargetHistory>& targets, const std::vector<CounterSeries>& batch) {
    learn(targets);
    learnSeries(batch);
    for (const CounterSeries& series : batch) addSamples(series);
    for (const auto& [name, history] : targets) pruneRestarts(targets_[name]);
}

void CounterAccount::addSamples(const CounterSeries& series) {
    auto& ofTarget = last_[series.target];
    for (const Sample& sample : series.samples) {
        const auto [last, first] = ofTarget.try_emplace(series.id, sample);
        if (!first && sample.at <= last->second.at) continue;
        if (!first && hasFallen(series, last->second, sample)) {
            last->second.at = sample.at;  // the next sample is still compared with the highest value
            continue;
        }
        const Sample before = std::exchange(last->second, sample);
        if (sample.at < begin_) continue;
        if (first) {
            countFirst(series, sample);
        } else {
            countNext(series, before, sample);
        }
    }
}

// A counter of one process only rises, so a lower value is wrong.
bool CounterAccount::hasFallen(const CounterSeries& series, const Sample& before, const Sample& sample) {
    const auto target = targets_.find(series.target);
    const bool fallen =
        sample.value < before.value && target != targets_.end() && isSameProcess(target->second, before.at, sample.at);
    if (!fallen) {
        falls_.erase(series.id);
        return false;
    }
    const auto [fall, isNew] = falls_.try_emplace(
        series.id, Fall{series.target, series.team, series.pool, sample.at, before.value, sample.value});
    if (isNew && sample.at >= begin_) meter_.lose({before.at, sample.at, {series.target}, {}, {}, {}});
    return true;
}

std::optional<Doubt> CounterAccount::doubt(Duration staleAfter) const {
    for (const auto& [id, fall] : falls_) {
        const auto target = targets_.find(fall.target);
        if (target == targets_.end() || !isSameProcess(target->second, fall.at, target->second.lastUp)) continue;
        return Doubt{
            api::reason::kCounterWentBack,
            fmt::format("the counter of team \"{}\" in pool \"{}\" at {} went back from {} to {} at {}, and its "
                        "process is the same; it counts again once it is above {}. Check that one Prometheus answers, "
                        "not several in turn",
                        fall.team, fall.pool, fall.target, fall.from, fall.to, formatInstant(fall.at), fall.from)};
    }
    for (const auto& [name, target] : targets_) {
        const bool isSame = target.sameSince <= target.wholeAt;  // by its reported starts
        if (!isSame || target.mostSeries == 0 || target.lastUp - target.wholeAt <= staleAfter) continue;
        return Doubt{
            api::reason::kSeriesAbsent,
            fmt::format("counters of {} are absent since {} although it is scraped; check the scrape and relabelling "
                        "configuration of Prometheus",
                        name, formatInstant(target.wholeAt))};
    }
    return std::nullopt;
}

void CounterAccount::countFirst(const CounterSeries& series, const Sample& first) {
    if (beganAtZero(series, first)) {
        count(series, first, first.value);
        return;
    }
    if (series.counts == CounterSeries::Counts::Refusals) return;
    undated_ += api::Tokens{first.value};
    late_.push_back({Instant::min(), first.at});
    if (first.value == 0 || !windows_.contains(series.pool)) return;
    const Instant day = treasury::windowAt(first.at, api::BudgetWindow::Day).start;
    meter_.lose({day, first.at, {}, {}, api::Tokens{first.value}, {}});
}

void CounterAccount::countNext(const CounterSeries& series, const Sample& before, const Sample& sample) {
    const auto target = targets_.find(series.target);
    const bool restarted =
        target != targets_.end() && std::any_of(target->second.restarts.begin(), target->second.restarts.end(),
                                                [&](Instant at) { return at > before.at && at <= sample.at; });
    const bool wentBack = sample.value < before.value;
    // No reported start shows the restart; the fallen counter does.
    if (wentBack && !restarted) meter_.lose({before.at, sample.at, {series.target}, {}, {}, {}});
    count(series, sample, restarted || wentBack ? sample.value : sample.value - before.value);
}

treasury::MeteredDay CounterAccount::day(Instant start, bool isOver) const {
    const Instant end = start + treasury::lengthOf(api::BudgetWindow::Day);
    DayMeter::Day known = meter_.day(start);
    const bool scraped = firstScrape_ != Instant::max();
    if (scraped && firstScrape_ > begin_ && firstScrape_ > start) {
        known.losses.add({start, std::min(firstScrape_, end), {}, {}, {}, {}, true});
    }
    for (const auto& [name, target] : targets_) {
        if (!isOver || target.lastUp < start || target.lastUp >= end) continue;
        known.losses.add({target.lastUp, end, {}, {name}, {}, {}});
    }
    return {start, std::move(known.teams), known.losses.gaps(), {}, {}};
}

bool CounterAccount::awaitsScrape(Instant end) const {
    return std::any_of(targets_.begin(), targets_.end(), [&](const auto& entry) {
        return entry.second.lastUp >= end - kScrapedWithin && entry.second.lastUp < end;
    });
}

bool CounterAccount::isGap(const treasury::TimeWindow& window) const {
    const Duration length = window.end - window.start;
    return std::any_of(
               silences_.begin(), silences_.end(),
               [&](const Silence& silence) { return silence.from < window.start && silence.until >= window.end; }) ||
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

void CounterAccount::pruneTargets(Instant before) {
    targetsKeptFrom_ = std::max(targetsKeptFrom_, before);
    std::erase_if(targets_, [&](const auto& entry) {
        const bool gone = entry.second.lastUp < before;
        if (gone) last_.erase(entry.first);
        return gone;
    });
    std::erase_if(falls_, [&](const auto& entry) { return !targets_.contains(entry.second.target); });
}

}  // namespace bursar::usage
