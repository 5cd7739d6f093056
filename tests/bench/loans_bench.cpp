// decide() with many loans, and what its promise book saves: the most that is held in a span, from a segment tree and
// by adding up every promise (as one would write it first).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <random>

#include "controllers/treasury/decide.hpp"
#include "controllers/treasury/occupancy.hpp"
#include "tests/support/builders.hpp"

namespace {

using namespace bursar;

const Instant kNow = *parseInstant("2026-11-24T12:00:00Z");

// Processor time, best of five: what else the machine does is not counted.
template <typename F>
double milliseconds(F&& work) {
    double best = 1e300;
    for (int round = 0; round < 5; ++round) {
        const std::clock_t started = std::clock();
        work();
        best = std::min(best, 1e3 * static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC);
    }
    return best;
}

std::shared_ptr<const api::BurstLoan> loanOf(int index, api::LoanPhase phase, std::mt19937_64& random) {
    auto loan = testing::makeLoan(fmt::format("team-{:05}", index % 1000), fmt::format("loan-{:05}", index));
    const auto hour = std::chrono::hours{1};
    api::BurstLoan& raw = loan.tokens(1000).raw();
    raw.meta.created = kNow - hour * 24 * 90 + std::chrono::seconds{index};
    Instant start = kNow + hour * static_cast<int>(random() % 2000);
    if (phase == api::LoanPhase::Returned) start = kNow - hour * (48 + static_cast<int>(random() % 2000));
    raw.start = start;
    raw.end = start + hour * (1 + static_cast<int>(random() % 48));
    api::LoanRecord record;
    record.phase = phase;
    record.observedGeneration = 1;
    record.decidedAt = raw.meta.created;
    if (phase != api::LoanPhase::Denied) record.granted = api::Tokens{1000};
    raw.record = record;
    return loan;
}

treasury::World makeWorld(int returned, int scheduled, int denied) {
    std::mt19937_64 random{42};
    treasury::World world;
    auto policy = testing::makePolicy().pool("chat", 10'000'000, 20);
    policy.raw().borrowing.maxActivePerTeam = 100;
    policy.raw().borrowing.cooldown = Duration{0};
    world.policies = {policy};
    for (int i = 0; i < 1000; ++i)
        world.quotas.push_back(testing::makeQuota(fmt::format("team-{:05}", i)).forecast("chat", 5000));
    int index = 0;
    for (const auto& [phase, count] : {std::pair{api::LoanPhase::Returned, returned},
                                       {api::LoanPhase::Scheduled, scheduled},
                                       {api::LoanPhase::Denied, denied}}) {
        for (int i = 0; i < count; ++i) world.loans.push_back(loanOf(index++, phase, random));
    }
    return world;
}

// Growth: `count` loans in a policy as it is by default, of `teams` teams in turn.

treasury::World emptyWorld(int teams) {
    treasury::World world;
    world.policies = {testing::makePolicy().pool("chat", 10'000'000, 20)};
    for (int i = 0; i < teams; ++i)
        world.quotas.push_back(testing::makeQuota(fmt::format("team-{:05}", i)).forecast("chat", 5000));
    return world;
}

api::BurstLoan plainLoan(int index, int teams, Instant start, Duration length) {
    auto loan = testing::makeLoan(fmt::format("team-{:05}", index % teams), fmt::format("loan-{:05}", index));
    loan.raw().tokens = api::Tokens{1000};
    loan.raw().meta.created = kNow - std::chrono::hours{1} + std::chrono::milliseconds{index};
    loan.raw().start = start;
    loan.raw().end = start + length;
    return loan.raw();
}

// Requests that were not decided before, at random times of the next 80 days.
treasury::World fresh(int count, int teams) {
    std::mt19937_64 random{42};
    treasury::World world = emptyWorld(teams);
    for (int i = 0; i < count; ++i) {
        const auto start = kNow + std::chrono::hours{random() % 1920};
        world.loans.push_back(
            std::make_shared<const api::BurstLoan>(plainLoan(i, teams, start, std::chrono::hours{1 + random() % 48})));
    }
    return world;
}

// The same, decided and stored: what a decision costs from then on.
treasury::World decided(int count, int teams) {
    treasury::World world = fresh(count, teams);
    const treasury::Decisions decisions = treasury::decide(world, kNow);
    std::map<std::pair<std::string, std::string>, const treasury::LoanOutcome*> outcomes;
    for (const auto& loan : decisions.loans) outcomes[{loan.ns, loan.name}] = &loan.outcome;
    for (auto& loan : world.loans) {
        const treasury::LoanOutcome& outcome = *outcomes.at({loan->meta.ns, loan->meta.name});
        api::BurstLoan stored = *loan;
        stored.record.emplace();
        stored.record->phase = outcome.phase;
        stored.record->observedGeneration = stored.meta.generation;
        stored.record->granted = outcome.granted;
        stored.record->decidedAt = outcome.decidedAt;
        stored.record->rule = toString(outcome.rule);
        loan = std::make_shared<const api::BurstLoan>(std::move(stored));
    }
    return world;
}

// Half of them approved by an operator that knew no bounds, a second every other day; half denied, each too near to one
// of those.
treasury::World unbounded(int count, int teams) {
    treasury::World world = emptyWorld(teams);
    for (int i = 0; i < count; ++i) {
        const bool approved = i < count / 2;
        const auto start = kNow + std::chrono::hours{approved ? 48 * (i / teams) : 12};
        api::BurstLoan loan =
            plainLoan(i, teams, start, approved ? Duration{std::chrono::seconds{1}} : Duration{std::chrono::hours{48}});
        loan.record.emplace();
        loan.record->phase = approved ? api::LoanPhase::Scheduled : api::LoanPhase::Denied;
        loan.record->observedGeneration = 1;
        loan.record->decidedAt = kNow - std::chrono::hours{1};
        if (approved) loan.record->granted = api::Tokens{1};
        world.loans.push_back(std::make_shared<const api::BurstLoan>(std::move(loan)));
    }
    return world;
}

// All returned today, with a draw each; one a second.
treasury::World returnedToday(int count, int teams) {
    treasury::World world = emptyWorld(teams);
    treasury::UsageView& usage = world.usage["main"];
    const Instant today = treasury::windowAt(kNow, api::BudgetWindow::Day).start;
    for (int i = 0; i < count; ++i) {
        const auto start = today + std::chrono::seconds{2 * i};
        api::BurstLoan loan = plainLoan(i, teams, start, std::chrono::seconds{1});
        loan.record.emplace();
        loan.record->phase = api::LoanPhase::Returned;
        loan.record->observedGeneration = 1;
        loan.record->granted = api::Tokens{10};
        loan.record->decidedAt = today;
        loan.record->effectiveEnd = loan.end;
        usage.consumedSince[{"chat", loan.meta.ns, today}][start] = api::Tokens{1};
        world.loans.push_back(std::make_shared<const api::BurstLoan>(std::move(loan)));
    }
    return world;
}

void growth(const char* what, treasury::World (*make)(int, int)) {
    for (const int teams : {1000, 1}) {
        fmt::print("{:<32} of {:>5} team{}: ", what, teams, teams == 1 ? " " : "s");
        for (const int count : {1000, 2000, 4000, 8000, 10'000}) {
            const treasury::World world = make(count, teams);
            fmt::print("{:>6} {:>8.2f} ms", count, milliseconds([&] { treasury::decide(world, kNow); }));
        }
        fmt::print("\n");
    }
}

void peaks(int promises) {
    std::mt19937_64 random{7};
    std::vector<treasury::TimeWindow> spans;
    std::vector<Instant> edges;
    for (int i = 0; i < promises; ++i) {
        const Instant start = kNow + std::chrono::minutes{random() % 100'000};
        spans.push_back({start, start + std::chrono::minutes{1 + random() % 3000}});
        edges.insert(edges.end(), {spans.back().start, spans.back().end});
    }
    treasury::Occupancy tree{edges};
    for (const auto& span : spans) tree.add(span, 1);
    std::int64_t sum = 0;
    std::int64_t plainSum = 0;
    const double fast = milliseconds([&] {
        sum = 0;
        for (const auto& span : spans) sum += tree.peak(span);
    });
    const double plain = milliseconds([&] {
        plainSum = 0;
        for (const auto& asked : spans) {
            std::vector<std::pair<Instant, int>> changes;
            for (const auto& span : spans) {
                if (span.start >= asked.end || asked.start >= span.end) continue;
                changes.emplace_back(std::max(span.start, asked.start), 1);
                changes.emplace_back(span.end, -1);
            }
            std::sort(changes.begin(), changes.end());
            std::int64_t held = 0;
            std::int64_t largest = 0;
            for (const auto& change : changes) largest = std::max(largest, held += change.second);
            plainSum += largest;
        }
    });
    fmt::print("peak over {:>5} promises, each asked once: tree {:>8.2f} ms, adding up {:>8.2f} ms, {}\n", promises,
               fast, plain, sum == plainSum ? "same answers" : "DIFFERENT ANSWERS");
}

}  // namespace

int main() {
    fmt::print("processor time, best of 5\n");
    for (const auto& [returned, scheduled, denied] : {std::tuple{0, 0, 0}, {2000, 200, 50}, {5000, 1000, 200}}) {
        const treasury::World world = makeWorld(returned, scheduled, denied);
        const double took = milliseconds([&] { treasury::decide(world, kNow); });
        fmt::print("decide(): 1,000 teams; loans: {:>5} returned, {:>5} scheduled, {:>4} denied {:>10.2f} ms\n",
                   returned, scheduled, denied, took);
    }
    growth("not decided before", fresh);
    growth("decided and stored", decided);
    growth("half approved without bounds", unbounded);
    growth("returned today", returnedToday);
    for (const int promises : {200, 2000}) peaks(promises);
}
