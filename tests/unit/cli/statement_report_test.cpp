#include "operator/cli/statement_report.hpp"

#include <catch2/catch.hpp>

#include "operator/cli/csv.hpp"
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

std::size_t linesOf(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
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

TEST_CASE("the amounts of the CSV add up to the statement's total") {
    const auto rows = readCsv(renderCsv(reportOf(richStatement())));
    REQUIRE(rows.size() == richStatement().lines.size() + 1);
    std::int64_t sum = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) sum += centsOf(rows[i].fields.at(13));
    CHECK(sum == totalOf(richStatement()).amount);
}

TEST_CASE("usage without a price has no amount, in place of one that is 0") {
    for (const CsvRecord& row : readCsv(renderCsv(reportOf(richStatement())))) {
        if (row.fields.at(7) != "llama-4-scout-preview") continue;
        CHECK(row.fields.at(12).empty());
        CHECK(row.fields.at(13).empty());
        CHECK(row.fields.at(15) == "no price in the policy: not charged");
    }
}

TEST_CASE("the parts of the cost centres are the whole") {
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

TEST_CASE("a cost centre's part holds the forecasts and loans of its teams, and nobody else's unpriced models") {
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

TEST_CASE("nothing that is written in a name acts in a terminal") {
    const std::size_t lines = linesOf(renderTable(reportOf(hostileStatement("harmless"))));
    for (const std::string& text : hostileTexts()) {
        CAPTURE(text);
        const std::string table = renderTable(reportOf(hostileStatement(text)));
        CHECK(!holdsControls(table));
        CHECK(linesOf(table) == lines);
    }
}

TEST_CASE("nothing that is written in a name is a formula in a spreadsheet, or a cell of its own") {
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

TEST_CASE("numbers below zero stay numbers in CSV") {
    CHECK_THAT(renderCsv(reportOf(richStatement())), Contains(",0,,-12.50,EUR,"));
}
