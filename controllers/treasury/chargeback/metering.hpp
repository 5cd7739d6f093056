// The metered usage of one day: tokens by team, pool, model and type, and gaps in the metering. Statements are computed
// from these days.
//
// A day is a calendar day in UTC. A team's cost centre is the one its TeamQuota named when the day closed, so a
// statement charges the cost centre responsible at the time. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "controllers/api/pricing.hpp"
#include "controllers/api/tokens.hpp"
#include "controllers/treasury/budget_window.hpp"

namespace bursar::treasury {

struct TokenCounts {
    api::Tokens input;  // without those that the provider's cache served
    api::Tokens cachedInput;
    api::Tokens output;

    [[nodiscard]] api::Tokens of(api::TokenType type) const;
    api::Tokens& of(api::TokenType type);
    TokenCounts& operator+=(const TokenCounts& other);
    bool operator==(const TokenCounts&) const = default;
};

// A model as clients name it, in the pool that its tokens are counted in.
struct MeteredModel {
    std::string pool;
    std::string model;

    auto operator<=>(const MeteredModel&) const = default;
};

struct MeteredTeam {
    std::string costCenter;  // empty: the team had no TeamQuota
    std::map<MeteredModel, TokenCounts> usage;

    bool operator==(const MeteredTeam&) const = default;
};

// A stretch of time in which tokens may have been served unmetered.
struct MeteringGap {
    Instant from;
    Instant until;
    std::string why;  // a sentence for the statement

    bool operator==(const MeteringGap&) const = default;
};

// The tokens that a loan drew on a day.
struct LoanDraw {
    std::string ns;
    std::string name;
    std::string team;
    std::string pool;
    api::Tokens drawn;

    bool operator==(const LoanDraw&) const = default;
};

// A pool's burst reserve over the windows of a day.
struct ReserveUse {
    api::Tokens reserved;  // B of each window
    api::Tokens drawn;     // by loans

    bool operator==(const ReserveUse&) const = default;
};

struct MeteredDay {
    Instant day;  // its start
    std::map<std::string, MeteredTeam> teams;
    std::vector<MeteringGap> gaps;
    std::vector<LoanDraw> loans;                 // sorted by namespace, name
    std::map<std::string, ReserveUse> reserves;  // by pool

    bool operator==(const MeteredDay&) const = default;
};

// The same day with each model listed once: the form for summing millions of figures.
struct MeteredRows {
    struct Use {
        std::uint32_t model = 0;  // index into `models`
        TokenCounts tokens;
    };
    struct Team {
        std::string name;
        std::string costCenter;
        std::vector<Use> uses;
    };
    std::vector<MeteredModel> models;
    std::vector<Team> teams;
    MeteredDay rest;  // the day without its teams
};

MeteredRows rowsOf(const MeteredDay& day);
MeteredDay dayOf(const MeteredRows& rows);

}  // namespace bursar::treasury
