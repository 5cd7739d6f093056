// libFuzzer target for the history of closed periods: no input may crash, and what is read is within its bounds.
#include "operator/cli/manifests/history_file.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace bursar;
using bursar::testing::require;

treasury::World someWorld() {
    const auto policy = std::make_shared<api::AllocationPolicy>();
    policy->meta.name = "main";
    policy->period = api::Period::Quarter;
    policy->pools.emplace_back().name = "chat";
    const auto quota = std::make_shared<api::TeamQuota>();
    quota->policy = "main";
    quota->team = "search";
    quota->requests.emplace_back().pool = "chat";
    treasury::World world;
    world.policies = {policy};
    world.quotas = {quota};
    return world;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Instant now = *parseInstant("2026-11-24T10:00:00Z");
    const cli::History history = cli::parseHistory(testing::textOf(data, size), "history.csv", now);
    for (const auto& error : history.errors) require(error.place.line >= 1 && !error.message.empty());
    for (const auto& row : history.rows) {
        require(row.record.windows >= 100 && row.record.refusedWindows >= 0);
        require(row.record.refusedWindows <= row.record.windows);
        require(row.record.actualSum <= api::Wide{api::kMaxTokens} * row.record.windows);
        require(row.period.span().end <= now);
    }
    treasury::World world = someWorld();
    cli::applyHistory(history, now, world);
    for (const auto& [key, records] : world.record) {
        const treasury::Haircut haircut = treasury::computeHaircut(world.policies[0]->forecastDiscipline, records);
        require(haircut.percent >= 0 && haircut.percent <= 90);
    }
    return 0;
}
