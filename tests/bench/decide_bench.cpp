// decide() over many teams, side by side with the usual way to divide fairly: bisection of the water level in doubles
// (fast, and off by some tokens; ours is exact).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "controllers/treasury/allocation.hpp"
#include "controllers/treasury/decide.hpp"

namespace {

using namespace bursar;
using Clock = std::chrono::steady_clock;

treasury::World makeWorld(int teams) {
    std::mt19937_64 random{42};
    treasury::World world;
    auto policy = std::make_shared<api::AllocationPolicy>();
    policy->meta.name = "main";
    for (const char* name : {"chat", "embed"}) {
        api::Pool pool;
        pool.name = name;
        pool.tokensPerWindow = api::Tokens{std::int64_t{teams} * 1'000'000};
        pool.tokensPerMinute = api::TokensPerMinute{std::int64_t{teams} * 10'000};
        policy->pools.push_back(pool);
    }
    world.policies.push_back(policy);
    for (int i = 0; i < teams; ++i) {
        auto quota = std::make_shared<api::TeamQuota>();
        quota->meta.ns = fmt::format("team-{:06}", i);
        quota->meta.name = "quota";
        quota->policy = "main";
        quota->team = quota->meta.ns;
        for (const char* name : {"chat", "embed"}) {
            api::Request request;
            request.pool = name;
            request.forecast = api::Tokens{static_cast<std::int64_t>(random() % 3'000'000)};
            quota->requests.push_back(request);
        }
        world.namespaces[quota->meta.ns] = {};
        world.quotas.push_back(std::move(quota));
    }
    return world;
}

std::vector<treasury::Claim> makeClaims(int count) {
    std::mt19937_64 random{7};
    std::vector<treasury::Claim> claims;
    for (int i = 0; i < count; ++i) {
        const auto claim = static_cast<std::int64_t>(random() % 3'000'000);
        claims.push_back({claim, static_cast<std::int64_t>(random() % 1000) * (i % 5 == 0), 1 + static_cast<int>(random() % 500)});
        claims.back().floor = std::min(claims.back().floor, claim);
    }
    return claims;
}

double grantAt(const treasury::Claim& claim, double level) {
    return std::min(static_cast<double>(claim.claim), std::max(static_cast<double>(claim.floor), level * claim.weight));
}

std::vector<std::int64_t> bisect(std::int64_t total, const std::vector<treasury::Claim>& claims) {
    double low = 0;
    double high = 1e16;
    for (int step = 0; step < 100; ++step) {
        const double level = (low + high) / 2;
        double sum = 0;
        for (const auto& claim : claims) sum += grantAt(claim, level);
        (sum > static_cast<double>(total) ? high : low) = level;
    }
    std::vector<std::int64_t> grants;
    for (const auto& claim : claims) grants.push_back(static_cast<std::int64_t>(grantAt(claim, low)));
    return grants;
}

template <typename F>
double milliseconds(F&& work) {
    double best = 1e300;
    for (int round = 0; round < 5; ++round) {
        const auto started = Clock::now();
        work();
        best = std::min(best, std::chrono::duration<double, std::milli>(Clock::now() - started).count());
    }
    return best;
}

}  // namespace

int main() {
    const Instant now = *parseInstant("2026-11-24T12:00:00Z");
    fmt::print("best of 5\n");
    for (const int teams : {1'000, 10'000, 100'000}) {
        const treasury::World world = makeWorld(teams);
        std::size_t limits = 0;
        const double took = milliseconds([&] { limits = treasury::decide(world, now).policies[0].limits.size(); });
        fmt::print("decide(): {:>7} teams, 2 pools, {:>7} limits {:>10.2f} ms\n", teams, limits, took);
    }
    for (const int count : {1'000, 100'000}) {
        const auto claims = makeClaims(count);
        const std::int64_t total = std::int64_t{count} * 1'000'000;
        std::int64_t ours = 0;
        std::int64_t theirs = 0;
        const double exact = milliseconds([&] {
            ours = 0;
            for (const std::int64_t grant : treasury::divideFairly(total, claims).grants) ours += grant;
        });
        const double doubles = milliseconds([&] {
            theirs = 0;
            for (const std::int64_t grant : bisect(total, claims)) theirs += grant;
        });
        fmt::print("divide {:>7} claims: exact {:>8.2f} ms, {} tokens left over; bisection in doubles {:>8.2f} ms, {} left over\n",
                   count, exact, total - ours, doubles, total - theirs);
    }
}
