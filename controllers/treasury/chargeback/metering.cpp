#include "controllers/treasury/chargeback/metering.hpp"

namespace bursar::treasury {
namespace {

api::Tokens TokenCounts::*memberOf(api::TokenType type) {
    switch (type) {
        case api::TokenType::Input:
            return &TokenCounts::input;
        case api::TokenType::CachedInput:
            return &TokenCounts::cachedInput;
        case api::TokenType::Output:
            return &TokenCounts::output;
    }
    return &TokenCounts::input;
}

}  // namespace

api::Tokens TokenCounts::of(api::TokenType type) const { return this->*memberOf(type); }
api::Tokens& TokenCounts::of(api::TokenType type) { return this->*memberOf(type); }

TokenCounts& TokenCounts::operator+=(const TokenCounts& other) {
    input += other.input;
    cachedInput += other.cachedInput;
    output += other.output;
    return *this;
}

MeteredRows rowsOf(const MeteredDay& day) {
    MeteredRows rows;
    rows.rest = {day.day, {}, day.gaps, day.loans, day.reserves};
    std::map<MeteredModel, std::uint32_t> places;
    for (const auto& [name, team] : day.teams) {
        for (const auto& [model, counts] : team.usage) places.try_emplace(model, 0);
    }
    for (auto& [model, place] : places) {
        place = static_cast<std::uint32_t>(rows.models.size());
        rows.models.push_back(model);
    }
    for (const auto& [name, team] : day.teams) {
        MeteredRows::Team& row = rows.teams.emplace_back();
        row.name = name;
        row.costCenter = team.costCenter;
        for (const auto& [model, counts] : team.usage) row.uses.push_back({places.at(model), counts});
    }
    return rows;
}

MeteredDay dayOf(const MeteredRows& rows) {
    MeteredDay day = rows.rest;
    for (const MeteredRows::Team& row : rows.teams) {
        MeteredTeam& team = day.teams[row.name];
        team.costCenter = row.costCenter;
        for (const MeteredRows::Use& use : row.uses) team.usage[rows.models[use.model]] += use.tokens;
    }
    return day;
}

}  // namespace bursar::treasury
