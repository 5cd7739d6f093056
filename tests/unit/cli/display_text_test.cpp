#include "operator/cli/text/display_text.hpp"

#include <catch2/catch.hpp>

#include "operator/cli/text/text_table.hpp"
#include "operator/cli/text/yaml_text.hpp"

using namespace bursar::cli;

TEST_CASE("a bar shows any positive part, and is full only if the whole is reached") {
    CHECK(bar(0, 100, 10) == "░░░░░░░░░░");
    CHECK(bar(1, 1'000'000, 10) == "█░░░░░░░░░");
    CHECK(bar(79, 100, 10) == "███████░░░");
    CHECK(bar(80, 100, 10) == "████████░░");
    CHECK(bar(9'999, 10'000, 10) == "█████████░");
    CHECK(bar(100, 100, 10) == "██████████");
    CHECK(bar(130, 100, 10) == "██████████");
    CHECK(bar(0, 0, 3) == "░░░");
    CHECK(bar(5, 0, 3) == "███");
    CHECK(bar(9'000'000'000'000'000, 9'000'000'000'000'000, 3) == "███");
    CHECK(bar(4'500'000'000'000'000'000, 9'000'000'000'000'000'000, 20) == "██████████░░░░░░░░░░");
}

TEST_CASE("width is counted as terminals count it") {
    CHECK(displayWidth("search") == 6);
    CHECK(displayWidth("Zürich") == 6);
    CHECK(displayWidth("東京") == 4);
    CHECK(displayWidth("한국") == 4);
    CHECK(displayWidth("🚀") == 2);
    CHECK(displayWidth("e\u0301") == 1);
    CHECK(displayWidth("█░…") == 3);
    CHECK(displayWidth("\x1b[31mred\x1b[0m") == 3);
}

TEST_CASE("columns stay straight beside wide characters and colours") {
    const std::string table = renderColumns({"TEAM", "USED"}, {Align::Left, Align::Right},
                                            {{"東京", Paint{true}.red("100%")}, {"search", "9%"}});
    CHECK(table == "TEAM    USED\n東京    \x1b[31m100%\x1b[0m\nsearch    9%\n");
}

TEST_CASE("a line is cut at the screen's edge, between characters, and its colour ends") {
    CHECK(cutToWidth("search", 10) == "search");
    CHECK(cutToWidth("search", 3) == "sea");
    CHECK(cutToWidth("a東京", 2) == "a");
    CHECK(cutToWidth("a東京", 3) == "a東");
    CHECK(cutToWidth(Paint{true}.red("search"), 3) == "\x1b[31msea\x1b[0m");
    CHECK(cutToWidth(Paint{true}.red("abc") + "def", 5) == "\x1b[31mabc\x1b[0mde");
    CHECK(cutToWidth("e\u0301f", 1) == "e\u0301");
}

TEST_CASE("without colours a text is unchanged") {
    CHECK(Paint{false}.red("x") == "x");
    CHECK(Paint{true}.bold("") == "");
}

TEST_CASE("JSON as YAML") {
    const auto json = nlohmann::ordered_json::parse(R"({
        "name": "search", "empty": "", "none": null, "list": [], "map": {}, "amount": 9000000000000000,
        "budgets": [{"pool": "chat", "granted": 1}, {"pool": "embed", "tags": ["a", "b"]}],
        "nested": {"deep": {"er": [[1, 2], "x"]}}})");
    CHECK(toYaml(json) ==
          "name: search\n"
          "empty: \"\"\n"
          "none: null\n"
          "list: []\n"
          "map: {}\n"
          "amount: 9000000000000000\n"
          "budgets:\n"
          "- pool: chat\n"
          "  granted: 1\n"
          "- pool: embed\n"
          "  tags:\n"
          "  - a\n"
          "  - b\n"
          "nested:\n"
          "  deep:\n"
          "    er:\n"
          "    - - 1\n"
          "      - 2\n"
          "    - x\n");
    CHECK(toYaml(nlohmann::ordered_json::array()) == "[]\n");
}

TEST_CASE("a string stays a string in YAML") {
    const auto yaml = [](const std::string& text) { return toYaml(nlohmann::ordered_json::array({text})); };
    for (const char* word :
         {"yes", "No", "true", "NULL", "off", "y", "~",  "1.50", "0x1f", "2026-11-25", "- a",    "a: b", "a #b",
          "&a",  "*a", "!a",   "%a",   "@a",  "",  " a", "a ",   "a\nb", "\"",         "Zürich", "1e3",  ".inf"}) {
        CHECK(yaml(word) == "- " + nlohmann::json(word).dump() + "\n");
    }
    CHECK(yaml("main/chat 2.5") == "- main/chat 2.5\n");
    CHECK(yaml("a\x7f\u0085\u2028\ufeff") == "- \"a\\u007f\\u0085\\u2028\\ufeff\"\n");
}
