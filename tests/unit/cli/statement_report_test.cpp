#include "operator/cli/statement/statement_forms.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "operator/cli/text/csv.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/statements.hpp"

using namespace bursar;
using namespace bursar::cli;
using bursar::testing::checkGolden;
using bursar::testing::hostileStatement;
using bursar::testing::hostileTexts;
using bursar::testing::richStatement;
using bursar::testing::yenDraft;
using Catch::Matchers::Contains;

namespace {

using Render = std::string (*)(const StatementReport&);

StatementReport reportOf(treasury::Statement statement) { return {std::move(statement), {}, {}}; }

StatementReport partReport(const std::string& costCenter) {
    return {*partOf(richStatement(), costCenter), costCenter, {}};
}

void checkForm(Render render, const std::string& ending) {
    checkGolden("statement/month" + ending, render(reportOf(richStatement())));
    checkGolden("statement/draft" + ending, render(reportOf(yenDraft())));
    checkGolden("statement/part" + ending, render(partReport("CC-2007")));
}

// Bytes that move a cursor, colour a terminal, or break a line in some reader.
bool holdsControls(const std::string& text) {
    for (const char c : text) {
        if (c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)) return true;
    }
    return text.find("\u2028") != std::string::npos || text.find("\u2029") != std::string::npos ||
           text.find("\u202E") != std::string::npos || text.find('\xFF') != std::string::npos;
}

// As CommonMark reads them: a run of backticks ends at the next run of the same length.
std::string withoutCodeSpans(const std::string& markdown) {
    std::string outside;
    for (std::size_t at = 0; at < markdown.size();) {
        if (markdown[at] != '`') {
            outside += markdown[at++];
            continue;
        }
        const std::size_t behind = std::min(markdown.find_first_not_of('`', at), markdown.size());
        const std::string fence = markdown.substr(at, behind - at);
        std::size_t end = markdown.find(fence, behind);
        while (end != std::string::npos &&
               (markdown[end - 1] == '`' || markdown.substr(end + fence.size(), 1) == "`")) {
            end = markdown.find(fence, std::min(markdown.find_first_not_of('`', end), markdown.size()));
        }
        if (end == std::string::npos) return outside + markdown.substr(at);
        at = end + fence.size();
    }
    return outside;
}

std::size_t linesOf(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// The same statement for an earlier month of that year, with `percent` of its usage.
treasury::Statement before(treasury::Statement statement, int month, std::int64_t percent) {
    statement.period.number = month;
    for (treasury::StatementLine& line : statement.lines) {
        line.tokens = line.tokens * percent / 100;
        if (line.price) line.amount = api::costOf(line.tokens, *line.price, statement.digits());
    }
    return statement;
}

// By column, of each row.
std::vector<std::map<std::string, std::string>> focusRows(const treasury::Statement& statement) {
    const auto records = readCsv(renderFocus(reportOf(statement)));
    std::vector<std::map<std::string, std::string>> rows;
    for (std::size_t i = 1; i < records.size(); ++i) {
        REQUIRE(records[i].fields.size() == records[0].fields.size());
        auto& row = rows.emplace_back();
        for (std::size_t column = 0; column < records[i].fields.size(); ++column) {
            row[records[0].fields[column]] = records[i].fields[column];
        }
    }
    return rows;
}

// A decimal as a whole number of 10^-15, for which 128 bits are enough here.
__int128 scaled(const std::string& decimal) {
    const bool negative = decimal.starts_with('-');
    __int128 value = 0;
    int behind = -1;
    for (const char c : decimal.substr(negative ? 1 : 0)) {
        if (c == '.') {
            behind = 0;
            continue;
        }
        value = value * 10 + (c - '0');
        if (behind >= 0) ++behind;
    }
    for (int digit = std::max(behind, 0); digit < 15; ++digit) value *= 10;
    return negative ? -value : value;
}

// Minor units of a cell such as `-12.50`.
std::int64_t centsOf(std::string cell) {
    if (cell.empty()) return 0;
    cell.erase(std::remove(cell.begin(), cell.end(), '.'), cell.end());
    return std::stoll(cell);
}

}  // namespace

TEST_CASE("a statement for a terminal") { checkForm(renderTable, ".txt"); }

TEST_CASE("a statement as CSV") { checkForm(renderCsv, ".csv"); }

TEST_CASE("a statement for a memo") { checkForm(renderMarkdown, ".md"); }

TEST_CASE("a statement as FOCUS") {
    checkGolden("statement/month-focus.csv", renderFocus(reportOf(richStatement())));
    checkGolden("statement/draft-focus.csv", renderFocus(reportOf(yenDraft())));
}

TEST_CASE("a statement as a page") {
    checkForm(renderHtml, ".html");
    StatementReport report = reportOf(richStatement());
    report.earlier = {before(report.statement, 9, 40), before(report.statement, 10, 75)};
    checkGolden("statement/trend.html", renderHtml(report));
}

TEST_CASE("the amounts of the CSV add up to the statement's total") {
    const auto rows = readCsv(renderCsv(reportOf(richStatement())));
    REQUIRE(rows.size() == richStatement().lines.size() + 1);
    std::int64_t sum = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) sum += centsOf(rows[i].fields.at(13));
    CHECK(sum == totalOf(richStatement()).amount);
}

TEST_CASE("usage without a price has an empty amount, not 0") {
    for (const CsvRecord& row : readCsv(renderCsv(reportOf(richStatement())))) {
        if (row.fields.at(7) != "llama-4-scout-preview") continue;
        CHECK(row.fields.at(12).empty());
        CHECK(row.fields.at(13).empty());
        CHECK(row.fields.at(15) == "no price in the policy: not charged");
    }
}

TEST_CASE("the parts of the cost centres add up to the whole") {
    const treasury::Statement whole = richStatement();
    std::int64_t amount = 0;
    std::size_t lines = 0;
    for (const auto& [costCenter, total] : totalsByCostCenter(whole)) {
        const auto part = partOf(whole, costCenter);
        REQUIRE(part);
        CHECK(totalOf(*part) == total);
        amount += total.amount;
        lines += part->lines.size();
    }
    CHECK(amount == totalOf(whole).amount);
    CHECK(lines == whole.lines.size());
}

TEST_CASE("a cost centre's part has the forecasts and loans of its teams, and only its own unpriced models") {
    const auto part = partOf(richStatement(), "CC-2007");
    REQUIRE(part);
    REQUIRE(part->forecasts.size() == 1);
    CHECK(part->forecasts.front().team == "storefront");
    REQUIRE(part->loans.size() == 1);
    CHECK(part->loans.front().name == "launch");
    CHECK(part->unpricedModels.empty());
    CHECK(part->gaps.size() == 2);
    CHECK(part->idle.empty());
    CHECK(!partOf(richStatement(), "CC-9999"));
}

TEST_CASE("a name has no effect in a terminal") {
    const std::size_t lines = linesOf(renderTable(reportOf(hostileStatement("harmless"))));
    for (const std::string& text : hostileTexts()) {
        CAPTURE(text);
        const std::string table = renderTable(reportOf(hostileStatement(text)));
        CHECK(!holdsControls(table));
        CHECK(linesOf(table) == lines);
    }
}

TEST_CASE("a name is never a formula in a spreadsheet, or a second cell") {
    const std::size_t columns = readCsv(renderCsv(reportOf(hostileStatement("harmless")))).front().fields.size();
    for (const std::string& text : hostileTexts()) {
        CAPTURE(text);
        const std::string csv = renderCsv(reportOf(hostileStatement(text)));
        CHECK(!holdsControls(csv));
        const auto rows = readCsv(csv);
        REQUIRE(rows.size() == 5);
        for (std::size_t i = 1; i < rows.size(); ++i) {
            CHECK(rows[i].error.empty());
            REQUIRE(rows[i].fields.size() == columns);
            for (std::size_t column = 0; column < columns; ++column) {
                const std::string& cell = rows[i].fields[column];
                if (column == 11 || column == 13) continue;  // tokens and amount: numbers stay numbers
                const auto first = cell.find_first_not_of(' ');
                if (first == std::string::npos) continue;
                CHECK(std::string{"=+-@"}.find(cell[first]) == std::string::npos);
                CHECK(cell.find("\uFF1D") != first);
            }
        }
    }
}

TEST_CASE("in FOCUS a cost is its price times its quantity, and what is billed is that, rounded") {
    for (const treasury::Statement& statement : {richStatement(), yenDraft()}) {
        const std::string half = statement.currency == "JPY" ? "0.5" : "0.005";
        __int128 billed = 0;
        for (auto& row : focusRows(statement)) {
            CAPTURE(row["ChargeDescription"]);
            billed += scaled(row["BilledCost"]);
            CHECK(row["EffectiveCost"] == row["BilledCost"]);
            if (row["ChargeCategory"] != "Usage" || row["ChargeClass"] == "Correction") {
                CHECK(row["ListCost"] == row["BilledCost"]);
                continue;
            }
            // Both with up to 15 digits: a price has at most 9 behind the point, a quantity of millions 6.
            const __int128 billionths = scaled(row["ListUnitPrice"]) / 1'000'000;
            const __int128 tokens = scaled(row["PricingQuantity"]) / 1'000'000'000;
            CHECK((billionths * tokens == scaled(row["ListCost"])));
            CHECK(row["ContractedCost"] == row["ListCost"]);
            CHECK(row["ContractedUnitPrice"] == row["ListUnitPrice"]);
            CHECK((scaled(row["ConsumedQuantity"]) / 1'000'000 == scaled(row["PricingQuantity"])));
            const __int128 off = scaled(row["BilledCost"]) - scaled(row["ListCost"]);
            CHECK((off <= scaled(half) && -off <= scaled(half)));
        }
        CHECK((billed == scaled(api::formatMoney(totalOf(statement).amount, statement.digits()))));
    }
}

TEST_CASE("FOCUS distinguishes usage without a price from free usage") {
    bursar::testing::StatementBuilder builder{"EUR", {api::Period::Month, 2026, 11}};
    builder.payer("CC-1", "search").used("free", api::TokenType::Input, 1'000'000, "0.00");
    builder.used("unknown", api::TokenType::Input, 1'000'000, "");
    auto rows = focusRows(builder.raw());
    CHECK(rows.at(0)["x_Unpriced"] == "false");
    CHECK(rows.at(1)["x_Unpriced"] == "true");
    CHECK(rows.at(1)["BilledCost"] == "0.00");
    CHECK_THAT(rows.at(1)["ChargeDescription"], Contains("no price in the policy, not charged"));
}

TEST_CASE("a draft's FOCUS rows have no invoice, and the largest amounts keep every digit") {
    for (auto& row : focusRows(yenDraft())) CHECK(row["InvoiceId"].empty());
    bursar::testing::StatementBuilder builder{"EUR", {api::Period::Month, 2026, 11}};
    builder.payer("CC-1", "search").used("dear", api::TokenType::Input, 9'000'000'000'000'001, "999999999.999999999");
    builder.used("taken back", api::TokenType::Input, -1'500'000, "0.50");
    CHECK(focusRows(builder.raw()).at(0)["ListCost"] == "9000000000000000990.999999999999999");
    CHECK(focusRows(builder.raw()).at(1)["ListCost"] == "-0.75");
    CHECK(focusRows(builder.raw()).at(1)["PricingQuantity"] == "-1.500000");
}

TEST_CASE("a name is never a formula in FOCUS") {
    for (const std::string& text : hostileTexts()) {
        CAPTURE(text);
        CHECK(!holdsControls(renderFocus(reportOf(hostileStatement(text)))));
        const auto rows = focusRows(hostileStatement(text));
        REQUIRE(rows.size() == 4);
        for (const auto& row : rows) {
            for (const char* column :
                 {"BillingAccountId", "SubAccountId", "SubAccountName", "SkuId", "SkuPriceId", "InvoiceId",
                  "ChargeDescription", "Tags", "x_CostCenter", "x_Team", "x_Pool", "x_Model"}) {
                CAPTURE(column);
                const std::string& cell = row.at(column);
                const auto first = cell.find_first_not_of(' ');
                if (first == std::string::npos) continue;
                CHECK(std::string{"=+-@"}.find(cell[first]) == std::string::npos);
                CHECK(cell.find("\uFF1D") != first);
            }
        }
    }
}

TEST_CASE("a name is never Markdown") {
    const std::size_t lines = linesOf(renderMarkdown(reportOf(hostileStatement("harmless"))));
    for (const std::string& text : hostileTexts()) {
        CAPTURE(text);
        const std::string markdown = renderMarkdown(reportOf(hostileStatement(text)));
        CHECK(!holdsControls(markdown));
        CHECK(linesOf(markdown) == lines);
        // Outside of code spans there is nothing that begins a tag, a link or a mention.
        const std::string outside = withoutCodeSpans(markdown);
        CHECK(outside.find_first_of("<[@`") == std::string::npos);
    }
}

TEST_CASE("a name is never markup on the page") {
    const auto marks = [](const std::string& page) {
        return std::pair{std::count(page.begin(), page.end(), '<'), std::count(page.begin(), page.end(), '"')};
    };
    const auto harmless = marks(renderHtml(reportOf(hostileStatement("harmless"))));
    for (const std::string& text : hostileTexts()) {
        CAPTURE(text);
        StatementReport report = reportOf(hostileStatement(text));
        CHECK(marks(renderHtml(report)) == harmless);
        CHECK(!holdsControls(renderHtml(report)));
        report.costCenter = text;
        CHECK(renderHtml(report).find("<script") == std::string::npos);
    }
}

TEST_CASE("the page uses no external resource") {
    const std::string page = renderHtml(reportOf(richStatement()));
    CHECK_THAT(page, Contains("default-src 'none'; style-src 'unsafe-inline'"));
    for (const char* loader : {"src=", "href=", "url(", "@import", "<script", "<link", "http:", "https:"}) {
        CAPTURE(loader);
        CHECK(page.find(loader) == std::string::npos);
    }
}

TEST_CASE("a long statement begins folded up, a short one does not") {
    CHECK_THAT(renderHtml(reportOf(richStatement())), Contains("<details open=\"\">"));
    bursar::testing::StatementBuilder builder{"EUR", {api::Period::Month, 2026, 11}};
    for (int i = 0; i < 201; ++i) {
        builder.payer("CC-1", "team-" + std::to_string(i)).used("gpt-4o", api::TokenType::Input, 1, "1.00");
    }
    CHECK_THAT(renderHtml(reportOf(builder.raw())), !Contains("<details open=\"\">"));
}

TEST_CASE("numbers below zero stay numbers in CSV") {
    CHECK_THAT(renderCsv(reportOf(richStatement())), Contains(",0,,-12.50,EUR,"));
}
