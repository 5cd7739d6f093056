#include "controllers/treasury/promise_book.hpp"

namespace bursar::treasury {
namespace {

using Instants = std::vector<Instant>;

void addEdges(Instants& edges, const TimeWindow& span) { edges.insert(edges.end(), {span.start, span.end}); }

}  // namespace

TimeWindow windowsTouched(const TimeWindow& span, api::BudgetWindow window) {
    return {windowAt(span.start, window).start, windowAt(span.end - Duration{1}, window).end};
}

bool overlaps(const TimeWindow& a, const TimeWindow& b) { return a.start < b.end && b.start < a.end; }

PromiseBook::PromiseBook(std::size_t pools, std::size_t teams, const std::vector<PossiblePromise>& possible) {
    struct InPool {
        Instants windows;
        Instants starts;
        Instants ends;
    };
    std::vector<std::pair<Instants, Instants>> ofPools(pools);  // edges of windows, edges of spans
    std::vector<Instants> ofTeams(teams);
    std::map<TeamAndPool, InPool> ofBoth;
    for (const PossiblePromise& one : possible) {
        addEdges(ofPools[one.pool].first, one.windows);
        addEdges(ofPools[one.pool].second, one.span);
        addEdges(ofTeams[one.team], one.span);
        InPool& both = ofBoth[{one.team, one.pool}];
        addEdges(both.windows, one.windows);
        both.starts.push_back(one.span.start);
        both.ends.push_back(one.span.end);
    }
    for (auto& [windows, spans] : ofPools) {
        pools_.push_back({Occupancy{std::move(windows)}, Occupancy{std::move(spans)}});
    }
    for (Instants& spans : ofTeams) teams_.push_back({Occupancy{std::move(spans)}, 0, {}, {}});
    for (auto& [key, both] : ofBoth) {
        teamsInPools_[key] = {Occupancy{std::move(both.windows)}, RunningSums{std::move(both.starts)},
                              RunningSums{std::move(both.ends)}};
    }
}

void PromiseBook::add(Promise promise) {
    pools_[promise.pool].tokens.add(promise.windows, promise.tokens);
    pools_[promise.pool].rate.add(promise.span, promise.rate);
    TeamInPool& inPool = teamsInPools_[{promise.team, promise.pool}];
    inPool.tokens.add(promise.windows, promise.tokens);
    if (promise.drawn > 0) {
        inPool.drawnByStart.add(promise.span.start, promise.drawn);
        inPool.drawnByEnd.add(promise.span.end, promise.drawn);
    }
    Team& team = teams_[promise.team];
    if (!promise.ended) {
        team.active.add(promise.span, 1);
        ++team.unended;
    }
    team.starts.try_emplace(promise.span.start, promises_.size());
    team.ends.try_emplace(promise.span.end, promises_.size());
    promises_.push_back(std::move(promise));
}

const Occupancy& PromiseBook::tokensOf(std::size_t team, std::size_t pool) const {
    static const Occupancy kNothing;
    const auto found = teamsInPools_.find({team, pool});
    return found == teamsInPools_.end() ? kNothing : found->second.tokens;
}

// Those that start before the end, less those of them that end at the start or earlier.
std::int64_t PromiseBook::drawnBeside(std::size_t team, std::size_t pool, const TimeWindow& span) const {
    const auto found = teamsInPools_.find({team, pool});
    if (found == teamsInPools_.end() || span.end <= span.start) return 0;
    return found->second.drawnByStart.before(span.end) - found->second.drawnByEnd.before(span.start + Duration{1});
}

const Promise* PromiseBook::lastBefore(std::size_t team, Instant at) const {
    const auto& ends = teams_[team].ends;
    const auto after = ends.upper_bound(at);
    return after == ends.begin() ? nullptr : &promises_[std::prev(after)->second];
}

const Promise* PromiseBook::firstAfter(std::size_t team, Instant at) const {
    const auto& starts = teams_[team].starts;
    const auto first = starts.lower_bound(at);
    return first == starts.end() ? nullptr : &promises_[first->second];
}

}  // namespace bursar::treasury
