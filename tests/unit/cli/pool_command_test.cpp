#include "operator/cli/pool/pool_command.hpp"

#include <catch2/catch.hpp>

#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using bursar::testing::makeLoan;
using bursar::testing::makePolicy;
using bursar::testing::makeQuota;

namespace {

treasury::Decisions decisions() {
    auto policy = makePolicy().pool("chat", 1000, 20);
    policy.raw().borrowing.maxPercentOfPool = 100;
    treasury::World world;
    world.policies = {policy};
    world.quotas = {makeQuota("ads").forecast("chat", 400), makeQuota("search").forecast("chat", 400)};
    world.loans = {makeLoan("ads", "sale")
                       .tokens(50)
                       .created("2026-11-24T08:00:00Z")
                       .from("2026-11-24T11:00:00Z", "2026-11-26T00:00:00Z"),
                   makeLoan("search", "launch")
                       .tokens(100)
                       .created("2026-11-24T08:00:00Z")
                       .from("2026-11-25T09:00:00Z", "2026-11-25T17:00:00Z")};
    return treasury::decide(world, *parseInstant("2026-11-24T10:00:00Z"));
}

}  // namespace

TEST_CASE("the calendar has a row for each stretch in which the same loans hold the same tokens") {
    const auto decided = decisions();
    CHECK(cli::renderPools(decided, decided.policies[0]) ==
          "main/chat: 200 burst tokens a window, 0 lent now, 50 promised in this window, 150 free\n"
          "  2026-11-24T00:00:00Z  2026-11-25T00:00:00Z  █████░░░░░░░░░░░░░░░               50  ads/sale 50\n"
          "  2026-11-25T00:00:00Z  2026-11-26T00:00:00Z  ███████████████░░░░░              150  ads/sale 50, "
          "search/launch 100\n");
}

TEST_CASE("the same as JSON") {
    const auto decided = decisions();
    const auto described = cli::describePools(decided, decided.policies[0]);
    CHECK(described["pools"][0]["lendable"] == 200);
    CHECK(described["pools"][0]["calendar"][1]["promised"] == 150);
    CHECK(described["pools"][0]["calendar"][1]["loans"][1]["name"] == "launch");
}
