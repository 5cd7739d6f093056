#include "operator/cli/pool/pool_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controllers/cluster/live_world.hpp"
#include "controllers/treasury/decide.hpp"
#include "controllers/treasury/promise_book.hpp"
#include "operator/cli/text/display_text.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;
using api::LoanPhase;
using treasury::LoanDecision;

constexpr int kBarCells = 20;

// Budget windows from `span.start` until `span.end` in which the same loans hold the same tokens.
struct Stretch {
    treasury::TimeWindow span;
    std::int64_t promised = 0;
    std::vector<const LoanDecision*> loans;
};

bool holds(const LoanDecision& loan, const std::string& policy, const std::string& pool) {
    const LoanPhase phase = loan.outcome.phase;
    return loan.policy == policy && loan.pool == pool && (phase == LoanPhase::Scheduled || phase == LoanPhase::Active);
}

treasury::TimeWindow windowsOf(const LoanDecision& loan, api::BudgetWindow window) {
    return treasury::windowsTouched({loan.outcome.effectiveStart, loan.outcome.effectiveEnd}, window);
}

std::vector<Stretch> calendar(const treasury::Decisions& decisions, const treasury::PolicyDecision& policy,
                              const treasury::PoolDecision& pool) {
    std::set<Instant> edges = {pool.span.start, pool.span.end};
    std::vector<const LoanDecision*> loans;
    for (const LoanDecision& loan : decisions.loans) {
        if (!holds(loan, policy.name, pool.name)) continue;
        loans.push_back(&loan);
        const auto held = windowsOf(loan, pool.window);
        edges.insert(std::max(held.start, pool.span.start));
        edges.insert(held.end);
    }
    std::vector<Stretch> stretches;
    for (auto edge = edges.begin(); std::next(edge) != edges.end(); ++edge) {
        Stretch stretch{{*edge, *std::next(edge)}, 0, {}};
        for (const LoanDecision* loan : loans) {
            const auto held = windowsOf(*loan, pool.window);
            if (held.start < stretch.span.end && stretch.span.start < held.end) {
                stretch.promised += loan->outcome.granted.value();
                stretch.loans.push_back(loan);
            }
        }
        // In the open window, tokens drawn by loans that ended in it count too.
        if (stretch.span.start == pool.span.start) stretch.promised = pool.loans.promised.value();
        stretches.push_back(std::move(stretch));
    }
    return stretches;
}

std::string holders(const Stretch& stretch) {
    std::string text;
    for (const LoanDecision* loan : stretch.loans) {
        text += fmt::format("{}{}/{} {}", text.empty() ? "" : ", ", loan->ns, loan->name,
                            formatThousands(loan->outcome.granted.value()));
    }
    return text;
}

}  // namespace

std::string renderPools(const treasury::Decisions& decisions, const treasury::PolicyDecision& policy) {
    std::string text;
    for (const treasury::PoolDecision& pool : policy.pools) {
        text += fmt::format("{}/{}: {} burst tokens a window, {} lent now, {} promised in this window, {} free\n",
                            policy.name, printable(pool.name), formatThousands(pool.lendable().value()),
                            formatThousands(pool.loans.lent.value()), formatThousands(pool.loans.promised.value()),
                            formatThousands(pool.free.value()));
        for (const Stretch& stretch : calendar(decisions, policy, pool)) {
            text +=
                fmt::format("  {}  {}  {}  {:>15}  {}\n", formatInstant(stretch.span.start),
                            formatInstant(stretch.span.end), bar(stretch.promised, pool.lendable().value(), kBarCells),
                            formatThousands(stretch.promised), holders(stretch));
        }
    }
    return text;
}

nlohmann::json describePools(const treasury::Decisions& decisions, const treasury::PolicyDecision& policy) {
    nlohmann::json out = {{"name", policy.name}, {"pools", nlohmann::json::array()}};
    for (const treasury::PoolDecision& pool : policy.pools) {
        nlohmann::json described = {{"name", pool.name},
                                    {"lendable", pool.lendable().value()},
                                    {"lent", pool.loans.lent.value()},
                                    {"promised", pool.loans.promised.value()},
                                    {"drawn", pool.loans.drawn.value()},
                                    {"free", pool.free.value()},
                                    {"calendar", nlohmann::json::array()}};
        for (const Stretch& stretch : calendar(decisions, policy, pool)) {
            nlohmann::json loans = nlohmann::json::array();
            for (const LoanDecision* loan : stretch.loans) {
                loans.push_back(
                    {{"namespace", loan->ns}, {"name", loan->name}, {"tokens", loan->outcome.granted.value()}});
            }
            described["calendar"].push_back({{"start", formatInstant(stretch.span.start)},
                                             {"end", formatInstant(stretch.span.end)},
                                             {"promised", stretch.promised},
                                             {"loans", loans}});
        }
        out["pools"].push_back(std::move(described));
    }
    return out;
}

Answer runPool(const std::shared_ptr<kube::Reader>& client, const PoolOptions& options, Instant now) {
    const auto world = cluster::readWorld(*client);
    if (!world) return {{}, fmt::format("bursar pool: {}\n", printable(world.error().message)), kCannotBeDone};
    const treasury::Decisions decisions = treasury::decide(*world, now);
    nlohmann::json all = nlohmann::json::array();
    Answer answer;
    bool found = false;
    for (const treasury::PolicyDecision& policy : decisions.policies) {
        if (!options.policy.empty() && policy.name != options.policy) continue;
        found = true;
        if (options.json) {
            all.push_back(describePools(decisions, policy));
        } else if (policy.problems.empty()) {
            answer.out += renderPools(decisions, policy);
        } else {
            answer.err += fmt::format("{}: {}\n", policy.name, printable(policy.problems.front().toString()));
        }
    }
    if (!found && !options.policy.empty()) {
        return {{}, fmt::format("bursar pool: there is no AllocationPolicy \"{}\"\n", options.policy), kCannotBeDone};
    }
    if (options.json) answer.out = jsonText(all, 2) + "\n";
    return answer;
}

}  // namespace bursar::cli
