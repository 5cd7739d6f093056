#include "controllers/treasury/usage_sums.hpp"

#include <algorithm>

namespace bursar::treasury {

void UsageSums::add(const MeteredDay& day) {
    const auto in = std::find_if(spans_.begin(), spans_.end(), [&](const TimeWindow& span) {
        return day.day >= span.start && day.day < span.end;
    });
    if (in == spans_.end()) return;
    const auto place = static_cast<std::size_t>(in - spans_.begin());
    for (const auto& [name, team] : day.teams) {
        auto& payers = teams_[name];
        auto payer = std::find_if(payers.begin(), payers.end(),
                                  [&](const TeamSums& sums) { return sums.costCenter == team.costCenter; });
        if (payer == payers.end()) payer = payers.insert(payers.end(), {team.costCenter, {}});
        // Both are in order of the models, so each is found just behind the one before.
        auto hint = payer->usage.begin();
        for (const auto& [model, counts] : team.usage) {
            while (hint != payer->usage.end() && hint->first < model) ++hint;
            if (hint == payer->usage.end() || hint->first != model) {
                hint = payer->usage.emplace_hint(hint, model, BySpan(spans_.size()));
            }
            hint->second[place] += counts;
        }
    }
    gaps_.insert(gaps_.end(), day.gaps.begin(), day.gaps.end());
    for (const LoanDraw& loan : day.loans) {
        const auto [sum, first] = loans_.try_emplace({loan.ns, loan.name}, loan);
        if (!first) sum->second.drawn += loan.drawn;
    }
    for (const auto& [pool, use] : day.reserves) {
        reserves_[pool].reserved += use.reserved;
        reserves_[pool].drawn += use.drawn;
    }
    until_ = std::max(until_, std::min(day.day + std::chrono::hours{24}, period().end));
}

}  // namespace bursar::treasury
