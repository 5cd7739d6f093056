#include <fmt/format.h>

#include <algorithm>

#include "controllers/api/condition_types.hpp"
#include "controllers/api/tokens.hpp"
#include "operator/cli/status/status_report.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/text/text_table.hpp"

namespace bursar::cli {
namespace {

constexpr int kBarCells = 14;
constexpr std::int64_t kNearlyUsed = 80;  // percent; from here on yellow
constexpr std::int64_t kUsedUp = 100;
constexpr std::size_t kMostMessages = 10;

using Row = std::vector<std::string>;

// A table whose columns are named one by one.
struct Columns {
    Row titles;
    std::vector<Align> align;

    void left(const char* title) { add(title, Align::Left); }
    void right(const char* title) { add(title, Align::Right); }

  private:
    void add(const char* title, Align side) {
        titles.emplace_back(title);
        align.push_back(side);
    }
};

std::string amount(const std::optional<std::int64_t>& value) { return value ? api::formatThousands(*value) : "-"; }

std::string orDash(const std::string& text) { return text.empty() ? "-" : printable(text); }

std::string usedCell(const BudgetLine& budget, const Paint& paint) {
    if (!budget.usedPercent) return "-";
    const std::int64_t percent = *budget.usedPercent;
    const std::string cells = bar(percent, kUsedUp, kBarCells);
    const std::string text = fmt::format("{} {:>3}%", cells, percent);
    return percent >= kUsedUp ? paint.red(text) : percent >= kNearlyUsed ? paint.yellow(text) : paint.green(text);
}

std::string readyCell(const ConditionLine& ready, const Paint& paint) {
    if (ready.status == "True") return "True";
    const std::string text = printable(fmt::format("{}: {}", ready.status, ready.reason));
    return ready.status == "False" ? paint.red(text) : paint.yellow(text);
}

std::string money(const TeamLine& team, std::string CostLine::*which) {
    if (!team.cost || ((*team.cost).*which).empty()) return "-";
    return printable(fmt::format("{} {}", (*team.cost).*which, team.cost->currency));
}

Columns teamColumns(bool wide) {
    Columns columns;
    columns.left("TEAM");
    columns.left("NAMESPACE");
    columns.left("POOL");
    columns.right("GRANTED");
    columns.right("CONSUMED");
    columns.left("USED");
    columns.right("LOANED");
    columns.right("REMAINING");
    columns.right("COST");
    if (wide) {
        columns.right("EXPECTED");
        columns.left("COST CENTRE");
        columns.left("TEAMQUOTA");
        columns.right("BASELINE");
        columns.right("RATE");
        columns.right("HAIRCUT%");
    }
    columns.left("READY");
    return columns;
}

// The cost is of the team, not of a pool: only the team's first row has it, so that the column adds up.
Row teamRow(const TeamLine& team, const BudgetLine& budget, bool first, const StatusStyle& style) {
    Row row = {orDash(team.team),      printable(team.ns),       orDash(budget.pool),
               amount(budget.granted), amount(budget.consumed),  usedCell(budget, style.paint),
               amount(budget.loaned),  amount(budget.remaining), first ? money(team, &CostLine::amount) : ""};
    if (style.wide) {
        row.push_back(first ? money(team, &CostLine::forecastAmount) : "");
        row.push_back(orDash(team.costCenter));
        row.push_back(printable(team.name));
        row.push_back(amount(budget.baseline));
        row.push_back(amount(budget.tokensPerMinute));
        row.push_back(amount(budget.haircutPercent));
    }
    row.push_back(readyCell(team.ready, style.paint));
    return row;
}

void addTeam(const TeamLine& team, const StatusStyle& style, std::vector<Row>& rows) {
    if (team.budgets.empty()) rows.push_back(teamRow(team, {}, true, style));
    bool first = true;
    for (const BudgetLine& budget : team.budgets) {
        rows.push_back(teamRow(team, budget, first, style));
        first = false;
    }
}

std::string poolTable(const PolicyLine& policy, Instant at) {
    if (policy.pools.empty()) return {};
    Columns columns;
    columns.left("POOL");
    for (const char* title : {"CAPACITY", "CONSUMED", "GRANTED", "RESERVE", "LENT", "FREE"}) columns.right(title);
    columns.left("WINDOW ENDS IN");
    std::vector<Row> rows;
    for (const PoolLine& pool : policy.pools) {
        rows.push_back({printable(pool.name), amount(pool.capacity), amount(pool.consumed), amount(pool.granted),
                        amount(pool.reserve), amount(pool.lent), amount(pool.free),
                        pool.windowEnd ? timeUntil(*pool.windowEnd, at) : "-"});
    }
    return renderColumns(columns.titles, columns.align, rows, 2);
}

std::string heading(const PolicyLine& policy, std::size_t teams, const StatusStyle& style) {
    const std::string name = style.paint.bold(fmt::format("Policy {}", orDash(policy.name)));
    const std::string count = fmt::format("{} {}", teams, teams == 1 ? "team" : "teams");
    if (!policy.readable) return fmt::format("{}: {}\n", name, count);
    const bool ready = policy.ready.status == "True";
    return fmt::format("{}: {}, {}\n", name, ready ? "ready" : readyCell(policy.ready, style.paint), count);
}

std::string conditionText(const ConditionLine& condition, const Paint& paint) {
    const std::string label = printable(condition.type + " " + condition.status);
    return fmt::format("{}: {}", paint.yellow(label), printable(condition.message));
}

// True if the policy has the same condition (stale usage, say): it is not repeated for each team.
bool isOfPolicy(const ConditionLine& condition, const PolicyLine& policy) {
    return condition.type != api::condition::kReady &&
           std::any_of(policy.amiss.begin(), policy.amiss.end(),
                       [&](const auto& shown) { return shown.type == condition.type; });
}

// The teams' conditions; only the first ones, unless wide.
std::string teamMessages(const std::vector<const TeamLine*>& teams, const PolicyLine& policy,
                         const StatusStyle& style) {
    std::string text;
    std::size_t shown = 0;
    std::size_t more = 0;
    for (const TeamLine* team : teams) {
        for (const ConditionLine& condition : team->amiss) {
            if (isOfPolicy(condition, policy)) continue;
            if (!style.wide && shown == kMostMessages) {
                ++more;
                continue;
            }
            ++shown;
            text += fmt::format("  {}/{}: {}\n", printable(team->ns), printable(team->name),
                                conditionText(condition, style.paint));
        }
    }
    if (more > 0) text += fmt::format("  and {} more; -o wide has them all\n", more);
    return text;
}

std::string section(const StatusView& view, const PolicyLine& policy, const StatusStyle& style) {
    std::vector<const TeamLine*> teams;
    std::vector<Row> rows;
    for (const TeamLine& team : view.teams) {
        if (team.policy != policy.name) continue;
        teams.push_back(&team);
        addTeam(team, style, rows);
    }
    std::string text = heading(policy, teams.size(), style);
    for (const ConditionLine& condition : policy.amiss) {
        text += "  " + conditionText(condition, style.paint) + "\n";
    }
    text += poolTable(policy, view.at);
    if (teams.empty()) return text + "  no TeamQuota names it\n";
    const Columns columns = teamColumns(style.wide);
    text += "\n" + renderColumns(columns.titles, columns.align, rows, 2);
    const std::string messages = teamMessages(teams, policy, style);
    return messages.empty() ? text : text + "\n" + messages;
}

}  // namespace

std::string timeUntil(Instant end, Instant now) {
    using namespace std::chrono;
    if (end <= now) return "ended";
    const auto left = ceil<seconds>(end - now).count();
    const auto days = left / 86'400;
    const auto hours = left / 3600 % 24;
    const auto minutes = left / 60 % 60;
    if (days > 0) return fmt::format("{}d{}h", days, hours);
    if (hours > 0) return fmt::format("{}h{}m", hours, minutes);
    return minutes > 0 ? fmt::format("{}m{}s", minutes, left % 60) : fmt::format("{}s", left);
}

std::string renderTable(const StatusView& view, const StatusStyle& style) {
    std::string text;
    for (const PolicyLine& policy : view.policies) text += (text.empty() ? "" : "\n") + section(view, policy, style);
    return text;
}

}  // namespace bursar::cli
