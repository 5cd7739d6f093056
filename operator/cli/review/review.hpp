// The allocation review: for leadership and teams, at the end of a planning period. Requests, grants, reasons, use and
// cost; as values, and in three forms.
//
// Pure and deterministic: it shows decide()'s answer and a statement's charges, and decides nothing. Names, reasons,
// justifications and the charter are untrusted: each form makes them safe in its own way.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "controllers/treasury/planning_period.hpp"
#include "operator/cli/cost/statement_report.hpp"
#include "operator/cli/planning/plan.hpp"
#include "operator/cli/review/waterfall.hpp"

namespace bursar::cli {

// Texts of manifests on which no decision depends.
struct ReviewWords {
    struct Charter {
        std::string sponsor;
        std::string document;    // URL
        std::string approvedOn;  // a day
    };
    Charter charter;
    // Justifications of requests, by namespace, TeamQuota and pool.
    std::map<std::tuple<std::string, std::string, std::string>, std::string> justifications;
};

struct ReviewInputs {
    Side side;
    const Side* base = nullptr;  // to compare grants with; may be null
    Instant at{};
    std::string policy;
    ReviewWords words;
    // Without a base: mean grants in a closed period, and its name.
    std::map<treasury::RecordKey, std::int64_t> grantsBefore;
    std::string periodBefore;
    std::optional<StatementReport> cost;
    std::vector<std::string> notes;
};

// One team in one pool.
struct ReviewBudget {
    PlanGrant grant;  // always with a rationale
    std::string costCenter;
    std::string justification;
    std::vector<treasury::Haircut::Term> periods;  // newest first
    // The grant if haircuts were applied; if they are applied, the grant without them.
    std::optional<std::int64_t> otherwise;

    [[nodiscard]] const treasury::Rationale& terms() const { return *grant.rationale; }
};

struct ReviewPool {
    api::Pool rules;
    treasury::PoolDecision decision;
    std::vector<ReviewBudget> budgets;  // largest grant first, then by team
    std::vector<PlanGrant> leaving;     // teams whose budget is removed

    // Sums over its teams, in tokens per window.
    [[nodiscard]] std::int64_t asked() const;
    [[nodiscard]] std::int64_t claimed() const;
};

struct ReviewLoan {
    PlanLoan loan;
    std::string reason;
    treasury::TimeWindow span;  // in which it is or was active; of a denied loan, as requested
};

struct Review {
    std::shared_ptr<const api::AllocationPolicy> policy;
    treasury::PlanningPeriod period;  // the one that contains `at`
    Instant at{};
    ReviewWords::Charter charter;
    std::string before;  // what grants are compared with, in words; empty: nothing
    std::vector<ReviewPool> pools;
    std::vector<ReviewLoan> loans;  // sorted by start
    std::optional<StatementReport> cost;
    std::vector<std::string> notes;  // to be read before any figure

    [[nodiscard]] api::Enforcement enforcement() const { return policy->forecastDiscipline.enforcement; }
    [[nodiscard]] std::size_t teamCount() const;
    [[nodiscard]] WaterfallRules rulesOf(const ReviewPool& pool) const;
};

// decide() must have accepted the policy.
Review makeReview(ReviewInputs inputs);

// The review in a few sentences. `quote` makes a name safe for the form of the sentences.
using Quote = std::string (*)(const std::string& name);
std::vector<std::string> summaryOf(const Review& review, Quote quote);

// What set a grant, in words: `fair share`, `in full`, …
std::string_view boundTitle(treasury::Bound bound);
// `Advisory`, …
std::string_view enforcementTitle(api::Enforcement enforcement);

// A statement's charges by team, largest first. Without shares of the idle reserve, which are a cost centre's.
std::vector<std::pair<std::string, treasury::StatementTotal>> totalsByTeam(const treasury::Statement& statement);

std::string renderJson(const Review& review);
// A memo, with a table for each pool.
std::string renderMarkdown(const Review& review);
// One page without scripts or external resources.
std::string renderHtml(const Review& review);

}  // namespace bursar::cli
