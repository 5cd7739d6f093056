#include "operator/cli/explain/explain_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controllers/treasury/allocation.hpp"
#include "controllers/treasury/claims.hpp"
#include "controllers/treasury/rates.hpp"
#include "operator/cli/planning/period_verdict.hpp"
#include "operator/cli/planning/plan.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/text/text_table.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;
using api::Wide;
using treasury::Rationale;
using Share = BudgetCase::Share;

constexpr std::size_t kMostTeams = 20;

const Rationale& termsOf(const Share& share) { return share.budget->rationale; }

// numerator / denominator with two decimals, cut off.
std::string decimal(Wide numerator, Wide denominator) {
    const Wide part = numerator % denominator * 100 / denominator;
    return fmt::format("{}.{:02}", formatThousands(static_cast<std::int64_t>(numerator / denominator)),
                       static_cast<int>(part));
}

std::string heading(int number, std::string_view title) { return fmt::format("\n{}. {}\n", number, title); }

std::string line(const std::string& text) { return "   " + text + "\n"; }

template <typename Value>
Wide sumOf(const BudgetCase& budget, Value value) {
    Wide sum = 0;
    for (const Share& share : budget.shares) sum += value(share);
    return sum;
}

std::string thousands(Wide value) { return formatThousands(static_cast<std::int64_t>(value)); }

std::string explainPool(const BudgetCase& budget) {
    const treasury::PoolDecision& pool = *budget.decision;
    return heading(1, "What there is to divide") +
           line(fmt::format("capacity C = {} {}", formatThousands(pool.capacity.value()),
                            api::perWindow(budget.pool->window))) +
           line(fmt::format("reserve B = floor(C × burstPercent / 100) = floor({} × {} / 100) = {}, kept for loans",
                            formatThousands(pool.capacity.value()), budget.pool->burstPercent,
                            formatThousands(pool.reserve.value()))) +
           line(fmt::format("distributable D = C − B = {}", formatThousands(pool.distributable.value())));
}

std::string explainHistory(const BudgetCase& budget) {
    const Rationale& r = budget.terms();
    if (!r.history) return heading(2, "History") + line("H is not used: no closed period is known, as for a new team");
    const std::string period = budget.record.empty() ? std::string{"the last closed period"} : budget.record[0].period;
    return heading(2, "History") +
           line(fmt::format("H = {}, the mean {} over {}, rounded down", formatThousands(*r.history),
                            api::perWindow(budget.pool->window), period));
}

std::string explainForecast(const BudgetCase& budget) {
    return heading(3, "Forecast") +
           line(fmt::format("F = {} {}, as the team asked for ({}.forecast)", formatThousands(budget.terms().forecast),
                            api::perWindow(budget.pool->window), budget.ownShare().request->field));
}

// The weight of each period shown, as its divisor. Without a record (it could not be read) the periods are taken as
// consecutive.
std::vector<std::int64_t> divisorsOf(const BudgetCase& budget) {
    std::vector<std::int64_t> divisors;
    for (const auto& term : budget.ownShare().budget->forecastRecord) {
        const auto at = std::find_if(budget.record.begin(), budget.record.end(),
                                     [&](const auto& record) { return record.period == term.period; });
        const bool found = at != budget.record.end();
        const auto k = found ? static_cast<std::size_t>(at - budget.record.begin()) : divisors.size();
        divisors.push_back(treasury::weightDivisor(k));
    }
    return divisors;
}

std::string weightText(std::int64_t divisor) { return divisor == 1 ? "1" : fmt::format("1/{}", divisor); }

std::string periodTable(const BudgetCase& budget) {
    std::vector<std::vector<std::string>> rows;
    const std::vector<std::int64_t> divisors = divisorsOf(budget);
    for (const auto& term : budget.ownShare().budget->forecastRecord) {
        rows.push_back({term.period, formatThousands(term.forecast), formatThousands(term.actual), term.errorPercent,
                        term.overPercent, weightText(divisors[rows.size()]),
                        verdictOf(term, budget.policy->forecastDiscipline.tolerancePercent)});
    }
    const std::vector<Align> align = {Align::Left,  Align::Right, Align::Right, Align::Right,
                                      Align::Right, Align::Right, Align::Left};
    return renderColumns({"PERIOD", "FORECAST", "ACTUAL", "ERROR %", "OVER %", "WEIGHT", ""}, align, rows, 3);
}

// Σ over·weight / Σ weight from the decimals shown. The decimals are rounded, κ is not: the mean shown is clamped to κ.
std::string weightedMean(const BudgetCase& budget, int percent, bool capped) {
    std::string sum;
    std::string weights;
    double weighted = 0;
    double all = 0;
    const std::vector<std::int64_t> divisors = divisorsOf(budget);
    const auto& terms = budget.ownShare().budget->forecastRecord;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const double weight = 1 / static_cast<double>(divisors[i]);
        sum += fmt::format("{}{} × {}", i == 0 ? "" : " + ", terms[i].overPercent, weightText(divisors[i]));
        weights += (i == 0 ? "" : " + ") + weightText(divisors[i]);
        weighted += std::stod(terms[i].overPercent) * weight;
        all += weight;
    }
    double mean = weighted / all;
    if (!capped) mean = std::clamp(mean, static_cast<double>(percent), percent + 0.99);
    return fmt::format("({}) / ({}) = {:.2f}", sum, weights, std::floor(mean * 100) / 100);
}

std::string explainHaircut(const BudgetCase& budget) {
    const api::ForecastDiscipline& rules = budget.policy->forecastDiscipline;
    const Rationale& r = budget.terms();
    const auto& terms = budget.ownShare().budget->forecastRecord;
    std::string text = heading(4, "Haircut");
    if (rules.enforcement == api::Enforcement::Off) return text + line("κ is not used: forecastDiscipline is Off");
    if (terms.empty()) return text + line("κ = 0 %: there is no closed period with a forecast to hold it against");
    text += line("error e = 100 × (forecast − actual) / forecast, of the means a window");
    text += line(fmt::format("over = e + {} / 100 × (e − {}) where e is above the tolerance of {} %, otherwise 0",
                             rules.severityPercent, rules.tolerancePercent, rules.tolerancePercent));
    text += periodTable(budget);
    const bool capped = r.advisoryHaircutPercent == rules.maxHaircutPercent;
    text +=
        line(fmt::format("the mean of over by weight = {}", weightedMean(budget, r.advisoryHaircutPercent, capped)));
    text +=
        line(fmt::format("κ = that rounded down, at most {} % = {} % (from the exact errors, which are shown with one "
                         "decimal)",
                         rules.maxHaircutPercent, r.advisoryHaircutPercent));
    if (budget.record.size() > terms.size()) {
        text += line(fmt::format("not looked at: {} more periods, beyond the last {} or without a forecast",
                                 budget.record.size() - terms.size(), rules.lookbackPeriods));
    }
    const bool enforced = rules.enforcement == api::Enforcement::Enforced;
    return text + line(enforced ? fmt::format("applied: {} % (Enforced)", r.haircutPercent)
                                : "applied: 0 % (Advisory: κ is shown, and nothing is cut)");
}

std::string explainCredible(const BudgetCase& budget) {
    const Rationale& r = budget.terms();
    return heading(5, "Credible forecast") +
           line(fmt::format("F' = floor(F × (100 − κ) / 100) = floor({} × {} / 100) = {}", formatThousands(r.forecast),
                            100 - r.haircutPercent, formatThousands(r.credibleForecast)));
}

// min(max(c, floor), ceiling): what each bound does to the claim.
std::string explainBounds(const Rationale& r) {
    const std::int64_t raised = treasury::claimAboveFloor(r);
    std::string text =
        r.floor ? line(fmt::format("floor {}: {}", formatThousands(*r.floor),
                                   raised > treasury::unboundedClaim(r) ? "raises the claim to it" : "is met"))
                : line("floor: not used, none is set");
    text += r.ceiling ? line(fmt::format("ceiling {}: {}", formatThousands(*r.ceiling),
                                         raised > *r.ceiling ? "lowers the claim to it" : "is kept"))
                      : line("ceiling: not used, none is set");
    return text + line(fmt::format("c = {}", formatThousands(r.claim)));
}

std::string explainClaim(const BudgetCase& budget) {
    const Rationale& r = budget.terms();
    std::string text = heading(6, "Claim");
    if (!r.history) {
        return text +
               line(fmt::format("c = F' = {}: without a history the credible forecast alone counts",
                                formatThousands(r.credibleForecast))) +
               explainBounds(r);
    }
    const std::int64_t blend = treasury::unboundedClaim(r);
    text +=
        line(fmt::format("c = floor((p × H + (100 − p) × F') / 100) with p = historyPercent = {}", r.historyPercent));
    text += line(fmt::format("  = floor(({} × {} + {} × {}) / 100) = {}", r.historyPercent, formatThousands(*r.history),
                             100 - r.historyPercent, formatThousands(r.credibleForecast), formatThousands(blend)));
    return text + explainBounds(r);
}

// Repeats decide()'s division for its exact level.
treasury::Division divisionOf(const BudgetCase& budget) {
    std::vector<treasury::Claim> claims;
    for (const Share& share : budget.shares) claims.push_back(treasury::claimOf(termsOf(share)));
    return treasury::divideFairly(budget.decision->distributable.value(), claims);
}

std::string teamTable(const BudgetCase& budget) {
    std::vector<std::vector<std::string>> rows;
    for (const Share& share : budget.shares) {
        if (rows.size() == kMostTeams) break;
        const Rationale& r = termsOf(share);
        rows.push_back({printable(share.quota->team), formatThousands(r.claim),
                        r.floor ? formatThousands(*r.floor) : "-", std::to_string(r.weight), formatThousands(r.grant),
                        std::string{treasury::toString(r.bound)}});
    }
    const std::vector<Align> align = {Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Left};
    std::string text = renderColumns({"TEAM", "CLAIM", "FLOOR", "WEIGHT", "GRANT", "BOUND"}, align, rows, 3);
    if (budget.shares.size() > rows.size()) {
        text += line(fmt::format("and {} more teams", budget.shares.size() - rows.size()));
    }
    return text;
}

std::string explainLevel(const BudgetCase& budget, const treasury::Division& division) {
    const Wide claims = sumOf(budget, [](const Share& share) { return termsOf(share).claim; });
    const std::string distributable = formatThousands(budget.decision->distributable.value());
    std::string text = heading(8, "Level") + teamTable(budget);
    if (division.overcommitted) {
        return text + line(fmt::format("λ is not used: the floors add up to more than D = {}", distributable));
    }
    if (!division.level) {
        text += line(fmt::format("λ is not used: all claims, {}, fit D = {}", thousands(claims), distributable));
        return text + line(fmt::format("left over: D − Σ c = {}, which {}",
                                       formatThousands(budget.decision->unallocated.value()),
                                       budget.pool->unallocated == api::Unallocated::Hold
                                           ? "stays unspent (unallocated: Hold)"
                                           : "may be lent in this window (unallocated: BurstPool)"));
    }
    const Wide rising = division.level->denominator;
    const Wide fixed = budget.decision->distributable.value() - division.level->numerator;
    text += line(fmt::format("all claims, {}, are more than D = {}: λ is where the grants add up to D",
                             thousands(claims), distributable));
    text += line(fmt::format("teams that stop at their claim, or are held up by their floor, have {} together",
                             thousands(fixed)));
    return text + line(fmt::format("λ = (D − {}) / (the weights of the others, {}) = {} a unit of weight",
                                   thousands(fixed), thousands(rising), decimal(division.level->numerator, rising)));
}

std::string explainGrant(const BudgetCase& budget, const treasury::Division& division) {
    const Rationale& r = budget.terms();
    const std::string grant = formatThousands(r.grant);
    std::string text = heading(9, "Grant");
    const std::int64_t floor = treasury::claimOf(r).floor;
    const bool whole = !division.overcommitted && !division.level;
    if (division.overcommitted) {
        const Wide floors = sumOf(budget, [](const Share& share) { return treasury::claimOf(termsOf(share)).floor; });
        text += line(fmt::format("g = floor × D / Σ floors = {} × {} / {} = {}", formatThousands(floor),
                                 formatThousands(budget.decision->distributable.value()), thousands(floors),
                                 decimal(static_cast<Wide>(floor) * budget.decision->distributable.value(), floors)));
    } else if (whole) {
        text += line(fmt::format("g = c = {}", formatThousands(r.claim)));
    } else {
        text += line(fmt::format("g = min(c, max(floor, λ × w)) = min({}, max({}, {}))", formatThousands(r.claim),
                                 formatThousands(floor),
                                 decimal(division.level->numerator * r.weight, division.level->denominator)));
    }
    text += line(whole ? "rounding: not used, a claim is whole tokens"
                       : "rounded down, then one token each to the largest fractions, ties by team name");
    return text + line(fmt::format("g = {}, set by {}", grant, treasury::toString(r.bound)));
}

std::string explainWeight(const BudgetCase& budget) {
    const int weight = budget.terms().weight;
    const bool usual = weight == budget.policy->defaultWeight;
    return heading(7, "Weight") + line(fmt::format("w = {}{}", weight, usual ? " (the policy's default)" : ""));
}

std::string rateClaimLine(const BudgetCase& budget, const treasury::RateDivision& division) {
    const Share& own = budget.ownShare();
    const std::string claim = formatThousands(division.claims[budget.own].claim);
    if (own.request->peakTokensPerMinute) {
        return line(fmt::format("its claim is its peak, {} ({}.peakTokensPerMinute)", claim, own.request->field));
    }
    return line(fmt::format("it names no peak, so its claim is floor(g × R' / D) = floor({} × {} / {}) = {}",
                            formatThousands(termsOf(own).grant), formatThousands(division.total),
                            formatThousands(budget.decision->distributable.value()), claim));
}

std::string explainRate(const BudgetCase& budget) {
    std::string text = heading(10, "Rate");
    if (!budget.pool->tokensPerMinute) return text + line("not used: the pool has no tokensPerMinute");
    std::vector<treasury::RateRequest> teams;
    for (const Share& share : budget.shares) {
        const Rationale& r = termsOf(share);
        teams.push_back({share.request->peakTokensPerMinute, r.grant, r.weight});
    }
    const auto division = treasury::divideRate(*budget.pool, budget.decision->distributable.value(), teams);
    const std::int64_t all = budget.pool->tokensPerMinute->value();
    text +=
        line(fmt::format("R' = R − floor(R × {} / 100) = {} − {} = {} a minute", budget.pool->burstPercent,
                         formatThousands(all), formatThousands(all - division.total), formatThousands(division.total)));
    text += rateClaimLine(budget, division);
    text += line(fmt::format("R' divided by the same rule, without floors and ceilings, gives it {}",
                             formatThousands(division.fairShares[budget.own])));
    const Wide weights = sumOf(budget, [](const Share& share) { return termsOf(share).weight; });
    text += line(fmt::format("what is left over, {}, is shared by weight: × {} / {} = {}",
                             formatThousands(division.left), budget.terms().weight, static_cast<std::int64_t>(weights),
                             formatThousands(division.extras[budget.own])));
    const std::int64_t rate = division.rateOf(budget.own);
    const std::int64_t lent = budget.ownShare().budget->tokensPerMinute->value() - rate;
    if (lent > 0) text += line(fmt::format("active loans add {}", formatThousands(lent)));
    return text + line(fmt::format("rate = {} a minute", formatThousands(rate + lent)));
}

std::string explainBalance(const BudgetCase& budget) {
    const treasury::Budget& own = *budget.ownShare().budget;
    std::string text = heading(11, "Loans and what is left");
    if (budget.loans.empty()) text += line("no loan: the team has asked for none in this pool");
    for (const treasury::LoanDecision* loan : budget.loans) {
        text += line(fmt::format("{}: {}, {} tokens; {}", printable(loan->ns + "/" + loan->name),
                                 api::toString(loan->outcome.phase), formatThousands(loan->outcome.granted.value()),
                                 printable(messageOf(loan->outcome))));
    }
    text += line(fmt::format("granted now = baseline {} + loaned {} = {}", formatThousands(own.baseline.value()),
                             formatThousands(own.loaned.value()), formatThousands(own.granted.value())));
    if (!budget.consumptionKnown) return text + line("consumed and remaining: not known without a cluster");
    return text + line(fmt::format("consumed since {}: {}, {} %; remaining {}", formatInstant(own.span.start),
                                   formatThousands(own.consumed.value()), own.usedPercent,
                                   formatThousands(own.remaining.value())));
}

}  // namespace

std::string explainBudget(const BudgetCase& budget) {
    const treasury::QuotaDecision& quota = *budget.ownShare().quota;
    const treasury::Division division = divisionOf(budget);
    return printable(fmt::format("Team {} in pool {} of AllocationPolicy {} (TeamQuota {}/{}), at {}", quota.team,
                                 budget.pool->name, budget.policy->meta.name, quota.ns, quota.name,
                                 formatInstant(budget.at))) +
           "\n" + explainPool(budget) + explainHistory(budget) + explainForecast(budget) + explainHaircut(budget) +
           explainCredible(budget) + explainClaim(budget) + explainWeight(budget) + explainLevel(budget, division) +
           explainGrant(budget, division) + explainRate(budget) + explainBalance(budget) + "\n" +
           budget.terms().sentence + "\n";
}

}  // namespace bursar::cli
