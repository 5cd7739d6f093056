#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "operator/cli/statement_html.hpp"

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

// Of 10,000; a bar of what is owed back has no length.
std::int64_t partOfScale(std::int64_t amount, std::int64_t largest) {
    if (amount <= 0 || largest <= 0) return 0;
    return static_cast<std::int64_t>(static_cast<api::Wide>(amount) * 10'000 / largest);
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

// The numbers stand beside every bar, so that it is a picture of text that is there.
std::string bar(const std::string& label, const std::string& inside) {
    return fmt::format(
        "<svg class=\"bar\" viewBox=\"0 0 10000 10\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"{}\">{}</svg>",
        label, inside);
}

std::string stackedBar(const Statement& statement, const ByType& amounts, std::int64_t largest) {
    std::string inside;
    std::int64_t from = 0;
    for (std::size_t type = 0; type < kTypes; ++type) {
        const std::int64_t width = partOfScale(amounts[type], largest);
        inside += fmt::format("<rect class=\"{}\" x=\"{}\" width=\"{}\" height=\"10\"/>", classOf(type), from, width);
        from += width;
    }
    return bar(sentenceOf(statement, amounts), inside);
}

std::string legend() {
    std::string text = "<ul class=\"legend\" aria-hidden=\"true\">";
    for (std::size_t type = 0; type < kTypes; ++type) {
        text +=
            fmt::format("<li><svg viewBox=\"0 0 10 10\"><rect class=\"{}\" width=\"10\" height=\"10\"/></svg>{}</li>",
                        classOf(type), typeTitle(api::kTokenTypes[type]));
    }
    return text + "</ul>\n";
}

void add(ByType& amounts, const StatementLine& line) {
    if (line.kind == LineKind::Usage) amounts[static_cast<std::size_t>(*line.type)] += line.amount;
}

struct ModelCost {
    std::string model;
    ByType amounts{};
};

// Dearest first; all but the first few as one, at the end.
std::vector<ModelCost> costByModel(const Statement& statement) {
    std::map<std::string, ByType> sums;
    for (const StatementLine& line : statement.lines) {
        if (line.kind == LineKind::Usage && line.price) add(sums[line.model], line);
    }
    std::vector<ModelCost> models;
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

std::string chartRow(const std::string& name, const std::string& drawn, const std::string& tokens,
                     const std::string& amount) {
    return fmt::format("<tr><th scope=\"row\">{}</th><td class=\"drawn\">{}</td>{}<td class=\"number\">{}</td></tr>\n",
                       name, drawn, tokens, amount);
}

std::string column(const Statement& statement, const ByType& amounts, std::int64_t largest, bool current) {
    std::string inside;
    std::int64_t top = 10'000;
    for (std::size_t type = 0; type < kTypes; ++type) {
        const std::int64_t height = partOfScale(amounts[type], largest);
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

std::string costCenterChart(const StatementReport& report) {
    const Statement& statement = report.statement;
    const auto totals = totalsByCostCenter(statement);
    std::int64_t largest = 0;
    for (const auto& [costCenter, total] : totals) largest = std::max(largest, total.amount);
    std::string text = fmt::format(
        "<section aria-labelledby=\"centres\">\n<h2 id=\"centres\">By cost centre</h2>\n<table class=\"chart\" "
        "id=\"by-cost-centre\">\n"
        "<caption>What each cost centre pays{}</caption>\n<thead><tr><th scope=\"col\">Cost centre</th>"
        "<td class=\"drawn\"></td><th scope=\"col\" class=\"number wide\">Tokens</th>"
        "<th scope=\"col\" class=\"number\">Amount</th></tr></thead>\n<tbody>\n",
        statement.currency.empty() ? std::string{} : ", " + escaped(statement.currency));
    for (const auto& [costCenter, total] : totals) {
        const std::string amount = api::formatMoneyForPeople(total.amount, statement.digits());
        text += chartRow(
            isolated(costCenterTitle(costCenter)),
            bar(escaped(moneyText(statement, total.amount)),
                fmt::format("<rect class=\"plain\" width=\"{}\" height=\"10\"/>", partOfScale(total.amount, largest))),
            fmt::format("<td class=\"number wide\">{}</td>", api::formatThousands(total.tokens)), amount);
    }
    const treasury::StatementTotal sum = totalOf(statement);
    return text +
           fmt::format(
               "</tbody>\n<tfoot><tr><th scope=\"row\">Total</th><td class=\"drawn\"></td>"
               "<td class=\"number wide\">{}</td><td class=\"number\">{}</td></tr></tfoot>\n</table>\n</section>\n",
               api::formatThousands(sum.tokens), api::formatMoneyForPeople(sum.amount, statement.digits()));
}

std::string modelChart(const StatementReport& report) {
    const Statement& statement = report.statement;
    const auto models = costByModel(statement);
    if (models.empty()) return {};
    const std::int64_t largest = sumOf(std::max_element(models.begin(), models.end(), [](const auto& a, const auto& b) {
                                           return sumOf(a.amounts) < sumOf(b.amounts);
                                       })->amounts);
    std::string text = fmt::format(
        "<section aria-labelledby=\"models\">\n<h2 id=\"models\">By model and type of token</h2>\n{}<table "
        "class=\"chart\">\n"
        "<caption>Usage at its price, before corrections and shares of the idle reserve</caption>\n<thead><tr>"
        "<th scope=\"col\">Model</th><td class=\"drawn\"></td><th scope=\"col\" "
        "class=\"number\">Amount</th></tr></thead>\n<tbody>\n",
        legend());
    for (const ModelCost& model : models) {
        text += chartRow(isolated(model.model), stackedBar(statement, model.amounts, largest), "",
                         api::formatMoneyForPeople(sumOf(model.amounts), statement.digits()));
    }
    return text + "</tbody>\n</table>\n</section>\n";
}

std::string trendChart(const StatementReport& report) {
    if (report.earlier.empty()) return {};
    std::int64_t largest = sumOf(usageOf(report.statement));
    for (const Statement& earlier : report.earlier) largest = std::max(largest, sumOf(usageOf(earlier)));
    std::string text =
        "<section aria-labelledby=\"trend\">\n<h2 id=\"trend\">Trend</h2>\n"
        "<p class=\"lead\">Usage at its price, by period</p>\n" +
        legend() + "<ol class=\"trend\">\n";
    for (const Statement& earlier : report.earlier) text += column(earlier, usageOf(earlier), largest, false);
    return text + column(report.statement, usageOf(report.statement), largest, true) + "</ol>\n</section>\n";
}

}  // namespace bursar::cli::html
