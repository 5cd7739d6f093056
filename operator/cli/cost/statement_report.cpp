#include "operator/cli/cost/statement_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "operator/runtime/base/calendar_day.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;
using treasury::LineKind;
using treasury::Statement;
using treasury::StatementLine;

// Clients of a gateway can invent names of models, so there may be many.
constexpr std::size_t kMostModelsNamed = 20;

// `2026-11-24 08:00:00 UTC`; lines may break at the blanks.
std::string momentText(Instant at) {
    const std::string text = formatInstant(at);
    return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 8));
}

std::vector<std::string> unpricedWarnings(const Statement& statement) {
    std::map<std::string, std::int64_t> tokens;
    for (const std::string& model : statement.unpricedModels) tokens[model];
    for (const StatementLine& line : statement.lines) {
        if (line.kind == LineKind::Usage && !line.price) tokens[line.model] += line.tokens;
    }
    std::vector<std::string> warnings;
    std::int64_t others = 0;
    for (const auto& [model, sum] : tokens) {
        if (warnings.size() == kMostModelsNamed) {
            ++others;
            continue;
        }
        warnings.push_back(fmt::format("Model {} has no price in the policy: {} tokens of it are in no amount.", model,
                                       formatThousands(sum)));
    }
    if (others > 0) {
        warnings.push_back(fmt::format("{} more models have no price; their lines say so.", formatThousands(others)));
    }
    return warnings;
}

}  // namespace

std::optional<Statement> partOf(const Statement& statement, const std::string& costCenter) {
    Statement part = statement;
    std::erase_if(part.lines, [&](const StatementLine& line) { return line.costCenter != costCenter; });
    std::erase_if(part.forecasts, [&](const treasury::ForecastLine& line) { return line.costCenter != costCenter; });
    if (part.lines.empty() && part.forecasts.empty()) return std::nullopt;
    std::set<std::string> teams;
    std::set<std::string> unpriced;
    for (const StatementLine& line : part.lines) {
        teams.insert(line.team);
        if (line.kind == LineKind::Usage && !line.price) unpriced.insert(line.model);
    }
    for (const treasury::ForecastLine& line : part.forecasts) teams.insert(line.team);
    std::erase_if(part.loans, [&](const treasury::LoanDraw& loan) { return !teams.contains(loan.team); });
    part.unpricedModels.assign(unpriced.begin(), unpriced.end());
    part.idle.clear();
    return part;
}

std::vector<CostCenterLines> linesByCostCenter(const Statement& statement) {
    std::map<std::string, CostCenterLines> sections;
    for (const StatementLine& line : statement.lines) {
        CostCenterLines& section = sections[line.costCenter];
        section.total += line;
        (line.kind == LineKind::Usage ? section.usage : section.adjustments).push_back(&line);
    }
    std::vector<CostCenterLines> ordered;
    for (auto& [costCenter, section] : sections) {
        section.costCenter = costCenter;
        ordered.push_back(std::move(section));
    }
    return ordered;
}

std::vector<std::string> warningsOf(const Statement& statement) {
    std::vector<std::string> warnings;
    if (!statement.closed) {
        warnings.push_back(fmt::format("This is a draft: usage until {} is in it, and prices may still change.",
                                       momentText(statement.meteredUntil)));
    }
    if (statement.currency.empty()) warnings.emplace_back("The policy has no prices: no amount means anything.");
    for (std::string& warning : unpricedWarnings(statement)) warnings.push_back(std::move(warning));
    for (const treasury::MeteringGap& gap : statement.gaps) {
        warnings.push_back(
            fmt::format("Not metered from {} to {}: {}", momentText(gap.from), momentText(gap.until), gap.why));
    }
    return warnings;
}

std::string costCenterTitle(const std::string& costCenter) {
    return costCenter.empty() ? "no cost centre" : costCenter;
}

std::string moneyText(const Statement& statement, std::int64_t minorUnits) {
    const std::string amount = api::formatMoneyForPeople(minorUnits, statement.digits());
    return statement.currency.empty() ? amount : amount + " " + statement.currency;
}

std::string daysText(const treasury::TimeWindow& span) {
    const std::string first = formatDay(span.start);
    const std::string last = formatDay(std::max(span.start, span.end - Duration{1}));
    return first == last ? first : first + " to " + last;
}

std::string_view adjustmentTitle(LineKind kind) { return kind == LineKind::Correction ? "Correction" : "Idle reserve"; }

std::optional<std::int64_t> errorPercent(const treasury::ForecastLine& line) {
    if (line.forecast <= 0) return std::nullopt;
    const api::Wide error = static_cast<api::Wide>(line.forecast) - line.actual;
    return static_cast<std::int64_t>(error * 100 / line.forecast);
}

}  // namespace bursar::cli
