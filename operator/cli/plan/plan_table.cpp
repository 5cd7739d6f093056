#include <fmt/format.h>

#include "operator/cli/plan/plan_report.hpp"
#include "operator/cli/text/change_text.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/text/text_table.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;

std::string orDash(const std::optional<std::int64_t>& value) { return value ? formatThousands(*value) : "-"; }

std::string changeOf(const Plan& plan, const PlanGrant& grant) {
    if (!plan.compared) return "-";
    if (!grant.rationale) return "leaves";
    if (!grant.before) return "new";
    return changeText(grant.change());
}

std::string poolLine(const PlanPolicy& policy, const PlanPool& pool) {
    const std::string name = printable(fmt::format("{}/{}", policy.name, pool.name));
    if (!pool.decision) return fmt::format("{}: the pool is gone\n", name);
    const treasury::PoolDecision& decision = *pool.decision;
    std::string level = decision.overcommitted ? "overcommitted" : "every claim is met";
    if (decision.level) level = fmt::format("level {} a unit of weight", formatThousands(*decision.level));
    return fmt::format("{}: capacity {} {}, reserve {}, distributable {}, unallocated {}, {}\n", name,
                       formatThousands(decision.capacity.value()), api::perWindow(pool.window),
                       formatThousands(decision.reserve.value()), formatThousands(decision.distributable.value()),
                       formatThousands(decision.unallocated.value()), level);
}

std::vector<std::string> cellsOf(const Plan& plan, const PlanGrant& grant) {
    std::vector<std::string> cells = {printable(grant.team), orDash(grant.before), orDash(grant.after()),
                                      changeOf(plan, grant)};
    if (grant.rationale) {
        cells.push_back(formatThousands(grant.rationale->claim));
        cells.emplace_back(treasury::toString(grant.rationale->bound));
        cells.push_back(grant.tokensPerMinute ? formatThousands(grant.tokensPerMinute->value()) : "-");
    } else {
        cells.insert(cells.end(), {"-", "-", "-"});
    }
    return cells;
}

std::string poolTable(const Plan& plan, const PlanPool& pool) {
    if (pool.grants.empty()) return "  no team has a request for it\n";
    std::vector<std::vector<std::string>> rows;
    std::string why;
    for (const PlanGrant& grant : pool.grants) {
        rows.push_back(cellsOf(plan, grant));
        if (plan.explains(grant)) why += fmt::format("  {}: {}\n", printable(grant.team), grant.sentence);
    }
    const std::vector<Align> align = {Align::Left,  Align::Right, Align::Right, Align::Right,
                                      Align::Right, Align::Left,  Align::Right};
    const std::string table =
        renderColumns({"TEAM", "BEFORE", "AFTER", "CHANGE", "CLAIM", "BOUND", "RATE"}, align, rows, 2);
    return why.empty() ? table : table + "\nwhy\n" + why;
}

std::string loanTable(const std::vector<PlanLoan>& loans) {
    std::vector<std::vector<std::string>> rows;
    for (const PlanLoan& loan : loans) {
        const treasury::LoanDecision& decision = loan.decision;
        const std::string rule{treasury::toString(decision.outcome.rule)};
        rows.push_back({printable(decision.ns + "/" + decision.name), printable(decision.pool),
                        std::string{api::toString(decision.outcome.phase)}, formatThousands(loan.requested.value()),
                        formatThousands(decision.outcome.granted.value()), rule.empty() ? "-" : rule,
                        printable(messageOf(decision.outcome))});
    }
    const std::vector<Align> align = {Align::Left,  Align::Left, Align::Left, Align::Right,
                                      Align::Right, Align::Left, Align::Left};
    return renderColumns({"LOAN", "POOL", "PHASE", "REQUESTED", "GRANTED", "RULE", "MESSAGE"}, align, rows, 2);
}

std::string section(const std::string& text) { return text.empty() ? std::string{} : "\n"; }

}  // namespace

std::string renderTable(const Plan& plan) {
    std::string text;
    for (const PlanPolicy& policy : plan.policies) {
        if (!policy.problem.empty()) {
            text += section(text) + fmt::format("{}: decides nothing until it is fixed, the limits in force stay: {}\n",
                                                printable(policy.name), printable(policy.problem));
        }
        for (const PlanPool& pool : policy.pools) {
            text += section(text) + poolLine(policy, pool) + poolTable(plan, pool);
        }
    }
    if (!plan.loans.empty()) text += section(text) + "loans\n" + loanTable(plan.loans);
    if (!plan.notes.empty()) text += section(text) + "notes\n";
    for (const std::string& note : plan.notes) text += "  " + printable(note) + "\n";
    if (!plan.errors.empty()) text += section(text) + "problems\n";
    for (const api::ManifestError& error : plan.errors) text += "  " + printable(error.toString()) + "\n";
    return text.empty() ? "nothing to plan: the manifests hold no AllocationPolicy, TeamQuota or BurstLoan\n" : text;
}

}  // namespace bursar::cli
