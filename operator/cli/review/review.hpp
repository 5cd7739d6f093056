// The allocation review: what leadership and teams look at together when a planning period is over. Who asked, who got,
// why, what was made of it and what it cost. Values, and their three forms.
//
// Pure and deterministic: it shows what decide() answered and what a statement charges, and decides nothing. Names,
// reasons, justifications and the charter are what people wrote: each form makes them harmless in its own way.
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

// What manifests say beside what decisions depend on.
struct ReviewWords {
    struct Charter {
        std::string sponsor;
        std::string document;    // URL
        std::string approvedOn;  // a day
    };
    Charter charter;
    // Why a team asks, by namespace, TeamQuota and pool.
    std::map<std::tuple<std::string, std::string, std::string>, std::string> justifications;
};

struct ReviewInputs {
    Side side;
    const Side* base = nullptr;  // what grants are compared with; null where there is none
    Instant at{};
    std::string policy;
    ReviewWords words;
    // Without a base: mean grants of a period that is closed, and its name.
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
    // Its grant if haircuts were applied, or where they are: if they were not.
    std::optional<std::int64_t> otherwise;

    [[nodiscard]] const treasury::Rationale& terms() const { return *grant.rationale; }
};

struct ReviewPool {
    api::Pool rules;
    treasury::PoolDecision decision;
    std::vector<ReviewBudget> budgets;  // largest grant first, then by team
    std::vector<PlanGrant> leaving;     // teams that have no budget any more

    // Sums over its teams, in tokens per window.
    [[nodiscard]] std::int64_t asked() const;
    [[nodiscard]] std::int64_t claimed() const;
};

struct ReviewLoan {
    PlanLoan loan;
    std::string reason;
    treasury::TimeWindow span;  // in which it is, or was, active; as asked for where it is denied
};

struct Review {
    std::shared_ptr<const api::AllocationPolicy> policy;
    treasury::PlanningPeriod period;  // that of the time decided at
    Instant at{};
    ReviewWords::Charter charter;
    std::string before;  // what grants are compared with, for people; empty: with nothing
    std::vector<ReviewPool> pools;
    std::vector<ReviewLoan> loans;  // sorted by start
    std::optional<StatementReport> cost;
    std::vector<std::string> notes;  // what a reader must know before any figure

    [[nodiscard]] api::Enforcement enforcement() const { return policy->forecastDiscipline.enforcement; }
    [[nodiscard]] std::size_t teamCount() const;
    [[nodiscard]] WaterfallRules rulesOf(const ReviewPool& pool) const;
};

// The policy must be one that decide() could use.
Review makeReview(ReviewInputs inputs);

// The review in a few sentences. `quote` makes a name harmless in the form the sentences are for.
using Quote = std::string (*)(const std::string& name);
std::vector<std::string> summaryOf(const Review& review, Quote quote);

// `fair share`, `its claim, in full`, …: what set a grant, for people.
std::string_view boundTitle(treasury::Bound bound);
// `Advisory`, …
std::string_view enforcementTitle(api::Enforcement enforcement);

// By team what a statement charges: dearest first. Shares of the idle reserve are a cost centre's, and not in it.
std::vector<std::pair<std::string, treasury::StatementTotal>> totalsByTeam(const treasury::Statement& statement);

std::string renderJson(const Review& review);
// A memo, with a table for each pool.
std::string renderMarkdown(const Review& review);
// One page that needs nothing else and runs no script.
std::string renderHtml(const Review& review);

}  // namespace bursar::cli
