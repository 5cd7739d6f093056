// The summary of an allocation review, in sentences.
#include <fmt/format.h>

#include <algorithm>

#include "operator/cli/review/review.hpp"
#include "operator/cli/text/change_text.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;
using treasury::Bound;

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", formatThousands(count), count == 1 ? one : many);
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
    }
    return text;
}

std::int64_t countBound(const ReviewPool& pool, Bound bound) {
    return std::count_if(pool.budgets.begin(), pool.budgets.end(),
                         [&](const ReviewBudget& budget) { return budget.terms().bound == bound; });
}

std::string whoGot(const ReviewPool& pool) {
    std::vector<std::string> parts;
    const auto add = [&](Bound bound, std::string_view text) {
        if (const std::int64_t count = countBound(pool, bound); count > 0) {
            parts.push_back(counted(count, "team", "teams") + fmt::format(" {}", text));
        }
    };
    add(Bound::Claim, "got the claim in full");
    add(Bound::FairShare, "got a fair share of less");
    add(Bound::Ceiling, "got what a ceiling allows");
    add(Bound::Floor, "got what a floor promises");
    add(Bound::Overcommitted, "got a part of what floors promised, which together exceed the pool");
    return joined(parts);
}

std::string aboutGrants(const ReviewPool& pool, Quote quote) {
    if (pool.budgets.empty()) return fmt::format("Nobody asked for tokens of {}.", quote(pool.rules.name));
    const std::int64_t distributable = pool.decision.distributable.value();
    std::string text = fmt::format("Of {}, {} asked for {} tokens {}; {} could be divided. {}.", quote(pool.rules.name),
                                   counted(static_cast<std::int64_t>(pool.budgets.size()), "team", "teams"),
                                   formatThousands(pool.asked()), api::perWindow(pool.rules.window),
                                   formatThousands(distributable), whoGot(pool));
    if (pool.claimed() > distributable) {
        text += fmt::format(" Claims came to {}, {} % of what there is.", formatThousands(pool.claimed()),
                            percentOfWhole(pool.claimed(), distributable));
    } else if (!pool.decision.unallocated.isZero()) {
        text += fmt::format(" {} are left over, and {}.", formatThousands(pool.decision.unallocated.value()),
                            pool.rules.unallocated == api::Unallocated::Hold ? "stay unspent" : "may be lent");
    }
    return text;
}

// Figures of the teams that have a closed period.
struct Discipline {
    std::int64_t held = 0;
    std::int64_t cut = 0;
    const ReviewBudget* largest = nullptr;  // budget with the largest haircut; null if there is none
};

Discipline disciplineOf(const Review& review) {
    Discipline found;
    for (const ReviewPool& pool : review.pools) {
        for (const ReviewBudget& budget : pool.budgets) {
            if (!budget.periods.empty()) ++found.held;
            const int haircut = budget.terms().advisoryHaircutPercent;
            if (haircut == 0) continue;
            ++found.cut;
            if (found.largest == nullptr || haircut > found.largest->terms().advisoryHaircutPercent) {
                found.largest = &budget;
            }
        }
    }
    return found;
}

std::string aboutForecasts(const Review& review, Quote quote) {
    if (review.enforcement() == api::Enforcement::Off) {
        return "Forecasts are not held against what was used: forecast discipline is off.";
    }
    const Discipline found = disciplineOf(review);
    if (found.held == 0) return "No forecast can be held against what was used yet: no closed period is known.";
    std::string text = counted(found.held, "forecast was", "forecasts were") + " held against what was used; ";
    if (found.largest == nullptr) return text + "none gives cause for a haircut.";
    text += fmt::format("{} cause for a haircut, the largest {}’s, {} %. ", counted(found.cut, "gives", "give"),
                        quote(found.largest->grant.team), found.largest->terms().advisoryHaircutPercent);
    return text + (review.enforcement() == api::Enforcement::Enforced
                       ? "Haircuts are applied."
                       : "Haircuts are advisory: they are shown, and nothing is cut.");
}

std::string aboutLoans(const Review& review) {
    if (review.loans.empty()) return "Nobody asked for a loan.";
    const auto denied = std::count_if(review.loans.begin(), review.loans.end(), [](const ReviewLoan& each) {
        return each.loan.decision.outcome.phase == api::LoanPhase::Denied;
    });
    const auto all = static_cast<std::int64_t>(review.loans.size());
    return fmt::format("{}; {} denied.", counted(all, "loan was asked for", "loans were asked for"),
                       denied == 0 ? "none was" : counted(denied, "was", "were"));
}

std::string aboutCost(const StatementReport& cost, Quote quote) {
    using treasury::Statement;
    const Statement& statement = cost.statement;
    const treasury::StatementTotal total = totalOf(statement);
    std::string text = fmt::format("{} {} {} for {} tokens", statement.period.toString(),
                                   statement.closed ? "cost" : "has cost so far",
                                   quote(moneyText(statement, total.amount)), formatThousands(total.tokens));
    if (cost.earlier.empty() || !statement.closed) return text + ".";
    const Statement& before = cost.earlier.back();
    const std::int64_t had = totalOf(before).amount;
    if (had <= 0) return text + ".";
    const auto change = static_cast<std::int64_t>((static_cast<api::Wide>(total.amount) - had) * 100 / had);
    return text + fmt::format(", {} % against {}.", changeText(change), before.period.toString());
}

}  // namespace

std::vector<std::string> summaryOf(const Review& review, Quote quote) {
    std::vector<std::string> sentences;
    for (const ReviewPool& pool : review.pools) sentences.push_back(aboutGrants(pool, quote));
    sentences.push_back(aboutForecasts(review, quote));
    sentences.push_back(aboutLoans(review));
    if (review.cost) sentences.push_back(aboutCost(*review.cost, quote));
    return sentences;
}

}  // namespace bursar::cli
