#include "operator/runtime/telemetry/log.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace bursar;
using nlohmann::json;

namespace {

const Instant kNow = *parseInstant("2026-11-24T08:00:00.123456Z");

std::string text(std::string_view message, log::Fields fields = {}) {
    return log::formatLine(log::Format::Text, kNow, log::Level::Warn, message, fields);
}

std::string object(std::string_view message, log::Fields fields = {}) {
    return log::formatLine(log::Format::Json, kNow, log::Level::Warn, message, fields);
}

}  // namespace

TEST_CASE("a line has time, level, message and pairs, as text and as JSON") {
    const std::string gateway = "main.envoy";
    CHECK(text("limits published", {{"gateway", gateway}, {"limits", std::size_t{3}}, {"retry", true}}) ==
          R"(2026-11-24T08:00:00.123456Z warn limits published gateway="main.envoy" limits=3 retry=true)");
    CHECK(
        object("limits published", {{"gateway", gateway}, {"limits", -3}, {"retry", false}}) ==
        R"({"time":"2026-11-24T08:00:00.123456Z","level":"warn","msg":"limits published","gateway":"main.envoy","limits":-3,"retry":false})");
}

TEST_CASE("whatever a value is, it stays in its quotes and on its line") {
    const std::string hostile = "x\" level=error\n2026-11-24T08:00:00Z error forged\r\t\\ \x1b[31mred \x7f";
    const std::string line = text("loan denied", {{"reason", hostile}});
    CHECK(
        line ==
        R"(2026-11-24T08:00:00.123456Z warn loan denied reason="x\" level=error\n2026-11-24T08:00:00Z error forged\r\t\\ \u001b[31mred \u007f")");
    CHECK(json::parse(object("loan denied", {{"reason", hostile}}))["reason"] == hostile);
}

TEST_CASE("what would move or reorder a terminal's text is escaped, also beyond ASCII") {
    // C1 control characters, and a mark that shows what follows from right to left.
    CHECK(text("m", {{"name", "a\u009b31mb\u202ec"}}) ==
          R"(2026-11-24T08:00:00.123456Z warn m name="a\u009b31mb\u202ec")");
    CHECK(json::parse(object("m", {{"name", "Zürich"}}))["name"] == "Zürich");
}

TEST_CASE("bytes that are no UTF-8 are replaced, and the line is still JSON") {
    const json line = json::parse(object("m", {{"name", std::string{"a\xff\xfe"}}}));
    CHECK(line["name"].get<std::string>().starts_with("a\uFFFD"));
}

TEST_CASE("the level moves a step at a time and stays within its bounds") {
    log::setLevel(log::Level::Info);
    log::moreVerbose();
    CHECK(log::level() == log::Level::Debug);
    log::moreVerbose();
    CHECK(log::level() == log::Level::Debug);
    for (int i = 0; i < 5; ++i) log::lessVerbose();
    CHECK(log::level() == log::Level::Error);
    log::setLevel(log::Level::Info);
}
