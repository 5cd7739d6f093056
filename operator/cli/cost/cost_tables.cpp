#include "operator/cli/cost/cost_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "operator/cli/html/html_bars.hpp"
#include "operator/cli/html/html_page.hpp"
#include "operator/cli/html/html_text.hpp"

namespace bursar::cli::html {
namespace {

using treasury::LineKind;
using treasury::Statement;
using treasury::StatementLine;

constexpr std::size_t kModelsShown = 8;
constexpr std::size_t kTypes = std::size(api::kTokenTypes);

// Minor units of usage by type of token.
using ByType = std::array<std::int64_t, kTypes>;

std::int64_t sumOf(const ByType& amounts) {
    std::int64_t sum = 0;
    for (const std::int64_t amount : amounts) sum += amount;
    return sum;
}

std::string_view classOf(std::size_t type) {
    constexpr std::string_view kClasses[] = {"input", "cached", "output"};
    return kClasses[type];
}

std::string sentenceOf(const Statement& statement, const ByType& amounts) {
    std::string text;
    for (std::size_t type = 0; type < kTypes; ++type) {
        if (amounts[type] == 0) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", typeTitle(api::kTokenTypes[type]),
                            escaped(moneyText(statement, amounts[type])));
    }
    return text.empty() ? "nothing charged" : text;
}

std::string stackedBar(const Statement& statement, const ByType& amounts, std::int64_t largest) {
    std::string inside;
    std::int64_t from = 0;
    for (std::size_t type = 0; type < kTypes; ++type) {
        const std::int64_t width = lengthOf(amounts[type], largest);
        inside += part(classOf(type), from, width);
        from += width;
    }
    return bar(sentenceOf(statement, amounts), inside);
}

std::string typeLegend() {
    std::vector<LegendEntry> entries;
    for (std::size_t type = 0; type < kTypes; ++type) {
        entries.push_back({classOf(type), typeTitle(api::kTokenTypes[type])});
    }
    return legend(entries);
}

void add(ByType& amounts, const StatementLine& line) {
    if (line.kind == LineKind::Usage) amounts[static_cast<std::size_t>(*line.type)] += line.amount;
}

struct ModelCost {
    std::string model;
    ByType amounts{};
};

// Largest cost first; all models but the first few are summed at the end.
std::vector<ModelCost> costByModel(const Statement& statement) {
    std::map<std::string, ByType> sums;
    for (const StatementLine& line : statement.lines) {
        if (line.kind == LineKind::Usage && line.price) add(sums[line.model], line);
    }
    std::vector<ModelCost> models;
    models.reserve(sums.size());
    for (const auto& [model, amounts] : sums) models.push_back({model, amounts});
    std::stable_sort(models.begin(), models.end(),
                     [](const ModelCost& a, const ModelCost& b) { return sumOf(a.amounts) > sumOf(b.amounts); });
    if (models.size() <= kModelsShown) return models;
    ModelCost others{fmt::format("{} others", models.size() - kModelsShown), {}};
    for (std::size_t i = kModelsShown; i < models.size(); ++i) {
        for (std::size_t type = 0; type < kTypes; ++type) others.amounts[type] += models[i].amounts[type];
    }
    models.resize(kModelsShown);
    models.push_back(std::move(others));
    return models;
}

std::string column(const Statement& statement, const ByType& amounts, std::int64_t largest, bool current) {
    std::string inside;
    std::int64_t top = kScale;
    for (std::size_t type = 0; type < kTypes; ++type) {
        const std::int64_t height = lengthOf(amounts[type], largest);
        top -= height;
        inside += fmt::format("<rect class=\"{}\" y=\"{}\" width=\"10\" height=\"{}\"/>", classOf(type), top, height);
    }
    const std::string name = statement.period.toString();
    return fmt::format(
        "<li{}><span class=\"number\">{}</span><svg viewBox=\"0 0 10 10000\" preserveAspectRatio=\"none\" "
        "role=\"img\" aria-label=\"{}: {}\">{}</svg><span>{}</span></li>\n",
        current ? " class=\"current\"" : "", api::formatMoneyForPeople(sumOf(amounts), statement.digits()), name,
        sentenceOf(statement, amounts), inside, name);
}

ByType usageOf(const Statement& statement) {
    ByType amounts{};
    for (const StatementLine& line : statement.lines) add(amounts, line);
    return amounts;
}

}  // namespace

std::string_view typeTitle(api::TokenType type) {
    switch (type) {
        case api::TokenType::Input:
            return "Input";
        case api::TokenType::CachedInput:
            return "Cached input";
        case api::TokenType::Output:
            return "Output";
    }
    return {};
}

std::string payerTable(const Statement& statement, const PayerTable& table) {
    std::int64_t largest = 0;
    treasury::StatementTotal sum;
    for (const auto& [payer, total] : table.payers) {
        largest = std::max(largest, total.amount);
        sum.amount += total.amount;
        sum.tokens += total.tokens;
    }
    std::string text = fmt::format(
        "<table class=\"chart\" id=\"{}\">\n"
        "<caption>{}{}</caption>\n<thead><tr><th scope=\"col\">{}</th>"
        "<td class=\"drawn\"></td><th scope=\"col\" class=\"number wide\">Tokens</th>"
        "<th scope=\"col\" class=\"number\">Amount</th></tr></thead>\n<tbody>\n",
        table.id, table.caption, statement.currency.empty() ? std::string{} : ", " + escaped(statement.currency),
        table.title);
    for (const auto& [payer, total] : table.payers) {
        const std::string amount = api::formatMoneyForPeople(total.amount, statement.digits());
        text += chartRow(
            isolated(payer),
            bar(escaped(moneyText(statement, total.amount)), part("plain", 0, lengthOf(total.amount, largest))),
            fmt::format("<td class=\"number wide\">{}</td>", api::formatThousands(total.tokens)) + number(amount));
    }
    return text + fmt::format(
                      "</tbody>\n<tfoot><tr><th scope=\"row\">Total</th><td class=\"drawn\"></td>"
                      "<td class=\"number wide\">{}</td><td class=\"number\">{}</td></tr></tfoot>\n</table>\n",
                      api::formatThousands(sum.tokens), api::formatMoneyForPeople(sum.amount, statement.digits()));
}

std::string costCenterTable(const Statement& statement) {
    PayerTable table{"by-cost-centre", "What each cost centre pays", "Cost centre", {}};
    for (const auto& [costCenter, total] : totalsByCostCenter(statement)) {
        table.payers.emplace_back(costCenterTitle(costCenter), total);
    }
    return payerTable(statement, table);
}

std::string costCenterChart(const StatementReport& report) {
    return section("centres", "By cost centre", {}, costCenterTable(report.statement));
}

std::string modelChart(const StatementReport& report) {
    const Statement& statement = report.statement;
    const auto models = costByModel(statement);
    if (models.empty()) return {};
    const std::int64_t largest = sumOf(std::max_element(models.begin(), models.end(), [](const auto& a, const auto& b) {
                                           return sumOf(a.amounts) < sumOf(b.amounts);
                                       })->amounts);
    std::string text = typeLegend() +
                       "<table class=\"chart\">\n<caption>Usage at its price, before corrections and shares of the "
                       "idle reserve</caption>\n<thead><tr>"
                       "<th scope=\"col\">Model</th><td class=\"drawn\"></td><th scope=\"col\" "
                       "class=\"number\">Amount</th></tr></thead>\n<tbody>\n";
    for (const ModelCost& model : models) {
        text += chartRow(isolated(model.model), stackedBar(statement, model.amounts, largest),
                         number(api::formatMoneyForPeople(sumOf(model.amounts), statement.digits())));
    }
    return section("models", "By model and type of token", {}, text + "</tbody>\n</table>\n");
}

std::string trendColumns(const StatementReport& report) {
    std::int64_t largest = sumOf(usageOf(report.statement));
    for (const Statement& earlier : report.earlier) largest = std::max(largest, sumOf(usageOf(earlier)));
    std::string text =
        "<p class=\"lead\">Usage at its price, by period</p>\n" + typeLegend() + "<ol class=\"trend\">\n";
    for (const Statement& earlier : report.earlier) text += column(earlier, usageOf(earlier), largest, false);
    return text + column(report.statement, usageOf(report.statement), largest, true) + "</ol>\n";
}

std::string trendChart(const StatementReport& report) {
    return report.earlier.empty() ? std::string{} : section("trend", "Trend", {}, trendColumns(report));
}

}  // namespace bursar::cli::html
