#include "controllers/treasury/claims.hpp"

#include <algorithm>

namespace bursar::treasury {

std::int64_t unboundedClaim(const Rationale& r) {
    if (!r.history) return r.credibleForecast;
    const api::Wide blend = static_cast<api::Wide>(*r.history) * r.historyPercent +
                            static_cast<api::Wide>(r.credibleForecast) * (100 - r.historyPercent);
    return static_cast<std::int64_t>(blend / 100);
}

std::int64_t claimAboveFloor(const Rationale& r) { return std::max(unboundedClaim(r), r.floor.value_or(0)); }

std::int64_t afterHaircut(std::int64_t forecast, int haircutPercent) {
    return api::percentOf(forecast, 100 - haircutPercent);
}

Claim claimOf(const Rationale& r) { return {r.claim, std::min(r.floor.value_or(0), r.claim), r.weight}; }

Rationale claimFor(const api::AllocationPolicy& policy, const api::Weight* leadership, api::Tokens forecast,
                   std::optional<std::int64_t> history, int haircutPercent) {
    Rationale r;
    r.historyPercent = policy.historyPercent;
    r.history = history;
    r.forecast = forecast.value();
    r.advisoryHaircutPercent = haircutPercent;
    if (policy.forecastDiscipline.enforcement == api::Enforcement::Enforced) r.haircutPercent = haircutPercent;
    r.credibleForecast = afterHaircut(r.forecast, r.haircutPercent);
    r.weight = policy.defaultWeight;
    r.claim = unboundedClaim(r);
    if (leadership == nullptr) return r;
    r.weight = leadership->weight.value_or(policy.defaultWeight);
    if (leadership->floor) r.floor = leadership->floor->value();
    if (leadership->ceiling) r.ceiling = leadership->ceiling->value();
    r.claim = claimAboveFloor(r);
    if (r.ceiling) r.claim = std::min(r.claim, *r.ceiling);
    return r;
}

Bound boundOf(const Rationale& r, const std::optional<Level>& level, bool overcommitted) {
    if (overcommitted) return Bound::Overcommitted;
    if (r.grant == r.claim) {
        if (r.claim < claimAboveFloor(r)) return Bound::Ceiling;
        return r.claim > unboundedClaim(r) ? Bound::Floor : Bound::Claim;
    }
    // The floor set the grant if the level alone gives less. A fair share that happens to round to the floor does not
    // count.
    const bool heldUp = r.floor && level && level->numerator * r.weight < level->denominator * *r.floor;
    return heldUp ? Bound::Floor : Bound::FairShare;
}

WeightBook::WeightBook(const api::AllocationPolicy& policy) {
    entries_.reserve(policy.weights.size());
    for (const api::Weight& entry : policy.weights) entries_.push_back(&entry);
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const api::Weight* a, const api::Weight* b) { return a->team < b->team; });
}

const api::Weight* WeightBook::Walk::find(const std::string& team) {
    while (at_ != end_ && (*at_)->team < team) ++at_;
    const api::Weight* general = nullptr;
    for (auto entry = at_; entry != end_ && (*entry)->team == team; ++entry) {
        if ((*entry)->pool == pool_) return *entry;
        if ((*entry)->pool.empty() && general == nullptr) general = *entry;
    }
    return general;
}

RecordWalk::RecordWalk(const World& world, const std::string& policy, const std::string& pool)
    : at_(world.record.lower_bound({policy, pool, ""})), end_(at_) {
    // No name sorts between a pool's name and the same name with a zero byte appended.
    end_ = world.record.lower_bound({policy, pool + '\0', ""});
}

std::span<const PeriodRecord> RecordWalk::find(const std::string& team) {
    while (at_ != end_ && at_->first.team < team) ++at_;
    if (at_ == end_ || at_->first.team != team) return {};
    return at_->second;
}

}  // namespace bursar::treasury
