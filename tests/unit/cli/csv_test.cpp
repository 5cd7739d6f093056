#include "operator/cli/text/csv.hpp"

#include <catch2/catch.hpp>

using bursar::cli::readCsv;
using Fields = std::vector<std::string>;

TEST_CASE("fields may be quoted, and hold commas, quotes and line breaks") {
    const auto records = readCsv("a,\"b,c\",\"say \"\"hi\"\"\"\n\"two\nlines\",d\ne\n");
    REQUIRE(records.size() == 3);
    CHECK(records[0].fields == Fields{"a", "b,c", "say \"hi\""});
    CHECK(records[1].fields == Fields{"two\nlines", "d"});
    CHECK(records[1].line == 2);
    CHECK(records[2].fields == Fields{"e"});
    CHECK(records[2].line == 4);
}

TEST_CASE("a byte order mark, CRLF, blank lines and a last line without an end are read, as spreadsheets write them") {
    const auto records = readCsv(
        "\xEF\xBB\xBF"
        "a,b\r\n\r\nc,\r\n,d");
    REQUIRE(records.size() == 3);
    CHECK(records[0].fields == Fields{"a", "b"});
    CHECK(records[1].fields == Fields{"c", ""});
    CHECK(records[1].line == 3);
    CHECK(records[2].fields == Fields{"", "d"});
}

TEST_CASE("a malformed record carries its error, and the next record is read") {
    const auto records = readCsv("a\"b,c\n\"x\"y,z\nfine,1\n\"never closed,2\n3,4\n");
    REQUIRE(records.size() == 4);
    CHECK(records[0].error == "a quote is inside a field that does not begin with one");
    CHECK(records[1].error == "text follows the closing quote of a field");
    CHECK(records[2].error.empty());
    CHECK(records[2].fields == Fields{"fine", "1"});
    CHECK(records[3].error == "a quoted field is never closed");
    CHECK(records[3].line == 4);
}

TEST_CASE("an empty text has no record") {
    CHECK(readCsv("").empty());
    CHECK(readCsv("\r\n\n").empty());
    CHECK(readCsv("\r").size() == 1);
}
