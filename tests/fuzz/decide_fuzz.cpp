// libFuzzer target for the three resources as a cluster without our schemas would store them: whatever stands in them,
// the treasury decides, and grants no more than a pool has. One JSON object a line.
#include <set>

#include "controllers/cluster/stored_status.hpp"
#include "controllers/treasury/decide.hpp"
#include "operator/runtime/kube/api_answer.hpp"
#include "tests/fuzz/require.hpp"

using namespace bursar;

namespace {

constexpr std::size_t kMostPools = 50;  // their sums take a screen each

std::string kindOf(const nlohmann::json& object) {
    return object.contains("kind") && object["kind"].is_string() ? object["kind"].get<std::string>() : std::string{};
}

void add(const nlohmann::json& object, treasury::World& world) {
    const std::string kind = kindOf(object);
    if (kind == "AllocationPolicy") {
        auto policy = api::parseAllocationPolicy(object);
        if (policy.pools.size() > kMostPools) return;
        world.policies.push_back(std::make_shared<const api::AllocationPolicy>(std::move(policy)));
    } else if (kind == "TeamQuota") {
        world.quotas.push_back(std::make_shared<const api::TeamQuota>(api::parseTeamQuota(object)));
        cluster::storedConsumption(object);
        cluster::storedRecord(object);
    } else if (kind == "BurstLoan") {
        world.loans.push_back(std::make_shared<const api::BurstLoan>(api::parseBurstLoan(object)));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    treasury::World world;
    std::set<std::pair<std::string, kube::Key>> seen;  // a cluster holds each name once
    std::string_view text = testing::textOf(data, size);
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const auto object = kube::objectOf(text.substr(0, end));
        if (object && seen.insert({kindOf(*object), kube::keyOf(*object)}).second) add(*object, world);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    const auto decisions = treasury::decide(world, *parseInstant("2026-11-24T10:00:00Z"));
    for (const auto& policy : decisions.policies) {
        for (const auto& pool : policy.pools) {
            api::Wide sum = 0;
            for (const auto& limit : policy.limits) sum += limit.pool == pool.name ? limit.tokensPerWindow.value() : 0;
            testing::require(sum <= pool.capacity.value());
        }
    }
    return 0;
}
