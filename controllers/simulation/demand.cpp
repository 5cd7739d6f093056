#include "controllers/simulation/demand.hpp"

#include <algorithm>

namespace bursar::simulation {
namespace {

int repeated(const std::vector<int>& percents, std::size_t index) {
    return percents.empty() ? 100 : percents[index % percents.size()];
}

// FNV-1a: std::hash may differ between machines.
std::uint64_t hashOf(const std::string& name) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return hash;
}

// SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t nextRandom(std::uint64_t& state) {
    std::uint64_t z = state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

}  // namespace

std::int64_t scaled(std::int64_t amount, int percent) {
    const api::Wide product = static_cast<api::Wide>(amount) * percent / 100;
    return static_cast<std::int64_t>(std::min<api::Wide>(product, api::kMaxTokens));
}

DemandStream::DemandStream(const Demand& demand, std::uint64_t seed, const std::string& name)
    : demand_(demand), base_(demand.base.value()), state_(seed ^ hashOf(name)) {}

DemandStream::Period DemandStream::next(int windows) {
    const std::int64_t seasonal = scaled(base_, repeated(demand_.seasonPercent, period_));
    Period period;
    api::Wide sum = 0;
    for (int i = 0; i < windows; ++i) {
        const std::int64_t need = scaled(seasonal, repeated(demand_.windowPercent, static_cast<std::size_t>(i)));
        sum += need;
        period.needs.push_back(noisy(need));
    }
    period.mean = static_cast<std::int64_t>(sum / windows);
    base_ = scaled(base_, 100 + demand_.growthPercent);
    ++period_;
    return period;
}

std::int64_t DemandStream::noisy(std::int64_t need) {
    if (demand_.noisePercent == 0) return need;
    // Per mille gives finer steps than percent. The remainder's bias is below 1e-15.
    const int most = demand_.noisePercent * 10;
    const auto draw = static_cast<int>(nextRandom(state_) % static_cast<std::uint64_t>(2 * most + 1)) - most;
    return static_cast<std::int64_t>(
        std::min<api::Wide>(static_cast<api::Wide>(need) * (1000 + draw) / 1000, api::kMaxTokens));
}

}  // namespace bursar::simulation
