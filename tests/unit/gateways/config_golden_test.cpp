#include <catch2/catch.hpp>

#include "controllers/gateways/envoy_rate_limit/config.hpp"
#include "tests/support/golden.hpp"

using namespace bursar;
using namespace bursar::gateways;
using api::BudgetWindow;
using api::Tokens;
using api::TokensPerMinute;
using bursar::testing::checkGolden;
using Catch::Matchers::Contains;
using treasury::Limit;

namespace {

Limit limit(const std::string& team, const std::string& pool, BudgetWindow window, std::int64_t tokens,
            std::optional<std::int64_t> rate = {}) {
    Limit made{team, pool, window, Tokens{tokens}, {}};
    if (rate) made.tokensPerMinute = TokensPerMinute{*rate};
    return made;
}

}  // namespace

TEST_CASE("golden: windows, rates, no grant, and names that are hostile to YAML") {
    const std::vector<Limit> limits = {
        limit("evil\": {}\n- key: team", "chat", BudgetWindow::Day, 1),
        limit("idle", "chat", BudgetWindow::Day, 0),
        limit("search", "chat", BudgetWindow::Day, 212'000'000, 1'275'000),
        limit("search", "embed", BudgetWindow::Hour, 5'000),
        limit("search", "fast", BudgetWindow::Minute, 5'000, 4'000),
        limit("search", "slow", BudgetWindow::Minute, 3'000, 4'000),
    };
    const RateLimitConfig config = renderRateLimitConfig("bursar-ratelimit", "bursar", limits);
    REQUIRE(config.files.size() == 1);
    CHECK(config.files[0].name == "bursar-ratelimit-0");
    CHECK(config.refusals.empty());
    checkGolden("ratelimit.yaml", config.files[0].content);
}

TEST_CASE("golden: without any team everybody is refused, and the file is not empty") {
    const RateLimitConfig config = renderRateLimitConfig("p", "bursar", {});
    REQUIRE(config.files.size() == 1);
    checkGolden("ratelimit-empty.yaml", config.files[0].content);
}

TEST_CASE("a limit beyond uint32 is clamped and refused with what to do") {
    const std::vector<Limit> limits = {
        limit("a", "chat", BudgetWindow::Day, kRateLimitMaxTokens),
        limit("b", "chat", BudgetWindow::Day, kRateLimitMaxTokens + 1),
        limit("c", "chat", BudgetWindow::Day, 5, kRateLimitMaxTokens + 1),
        limit("d", "fast", BudgetWindow::Minute, 9'000'000'000'000'000, 7),
    };
    const RateLimitConfig config = renderRateLimitConfig("p", "bursar", limits);
    REQUIRE(config.refusals.size() == 3);
    CHECK(config.refusals[0].team == "b");
    CHECK_THAT(config.refusals[0].message,
               Contains("4,294,967,296") && Contains("enforces 4,294,967,295 a day") && Contains("shorter window"));
    CHECK_THAT(config.refusals[1].message, Contains("tokensPerMinute"));
    CHECK(config.files[0].content.find("4294967296") == std::string::npos);
}

TEST_CASE("teams are packed into files below the bound, none is cut, none is lost") {
    std::vector<Limit> limits;
    for (int i = 0; i < 1000; ++i) {
        const std::string team = "team-" + std::to_string(10'000 + i);
        limits.push_back(limit(team, "chat", BudgetWindow::Day, i));
        limits.push_back(limit(team, "embed", BudgetWindow::Hour, i, i));
    }
    const RateLimitConfig config = renderRateLimitConfig("p", "bursar", limits, 50'000);
    CHECK(config.files.size() > 5);
    std::size_t teams = 0;
    for (std::size_t i = 0; i < config.files.size(); ++i) {
        CHECK(config.files[i].name == "p-" + std::to_string(i));
        CHECK(config.files[i].content.size() <= 50'000);
        CHECK(config.files[i].content.starts_with("domain: \"bursar\"\ndescriptors:\n"));
        for (auto at = config.files[i].content.find("value: \"team-"); at != std::string::npos;
             at = config.files[i].content.find("value: \"team-", at + 1)) {
            ++teams;
        }
    }
    CHECK(teams == 1000);
    const RateLimitConfig again = renderRateLimitConfig("p", "bursar", limits, 50'000);
    for (std::size_t i = 0; i < config.files.size(); ++i) CHECK(config.files[i].content == again.files[i].content);
}
