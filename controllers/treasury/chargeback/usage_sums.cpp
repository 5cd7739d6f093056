#include "controllers/treasury/chargeback/usage_sums.hpp"

#include <algorithm>

namespace bursar::treasury {

void UsageSums::add(const MeteredRows& rows) {
    const Instant day = rows.rest.day;
    const auto in = std::find_if(spans_.begin(), spans_.end(),
                                 [&](const TimeWindow& span) { return day >= span.start && day < span.end; });
    if (in == spans_.end()) return;
    const auto span = static_cast<std::uint32_t>(in - spans_.begin());
    std::vector<std::uint32_t> places;
    for (const MeteredModel& model : rows.models) {
        const auto [place, isNew] = places_.try_emplace(model, static_cast<std::uint32_t>(models_.size()));
        if (isNew) models_.push_back(model);
        places.push_back(place->second);
    }
    for (const MeteredRows::Team& team : rows.teams) {
        auto& payers = teams_[team.name];
        auto payer = std::find_if(payers.begin(), payers.end(),
                                  [&](const TeamSums& sums) { return sums.costCenter == team.costCenter; });
        if (payer == payers.end()) payer = payers.insert(payers.end(), {team.costCenter, {}});
        for (const MeteredRows::Use& use : team.uses) {
            const std::pair key{places[use.model], span};
            const auto cell =
                std::lower_bound(payer->cells.begin(), payer->cells.end(), key, [](const Cell& a, const auto& b) {
                    return std::pair{a.model, a.span} < b;
                });
            if (cell == payer->cells.end() || std::pair{cell->model, cell->span} != key) {
                payer->cells.insert(cell, {key.first, key.second, use.tokens});
            } else {
                cell->tokens += use.tokens;
            }
        }
    }
    addRest(rows.rest);
}

void UsageSums::addRest(const MeteredDay& day) {
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
