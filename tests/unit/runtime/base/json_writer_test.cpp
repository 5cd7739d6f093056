// The one writer of JSON, and that it is the only one.
#include <catch2/catch.hpp>
#include <filesystem>

#include "operator/runtime/base/json_text.hpp"
#include "operator/runtime/base/utf8.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace bursar;
using nlohmann::json;

TEST_CASE("JSON is written whatever bytes a text has, and can be read again") {
    const json value = {{"b", "f\xfcr"}, {"a", json::array({1, std::string("\xed\xa0\x80")})}};
    CHECK(jsonText(value).starts_with(R"({"a":[1,")"));
    CHECK(parseJson(jsonText(value))->at("b") == "f\uFFFDr");
    CHECK(isUtf8(jsonText(value, 2)));
    CHECK(jsonText(json{{"a", 1}}, 2) == "{\n  \"a\": 1\n}");
    const nlohmann::ordered_json ordered = {{"b", "\xff"}, {"a", 1}};
    CHECK(jsonText(ordered) == "{\"b\":\"\uFFFD\",\"a\":1}");
    CHECK(asciiJsonText(json("f\u00fc\xff")) == R"("f\u00fc\ufffd")");
}

TEST_CASE("an error of the parser repeats no more than a little of the text, as UTF-8") {
    const auto broken = parseJson("\"\xff" + std::string(1'000'000, 'x'));
    REQUIRE_FALSE(broken);
    CHECK(isUtf8(broken.error().message));
    CHECK(parseJson("\"" + std::string(1'000'000, 'x')).error().message.size() < 600);
}

TEST_CASE("only the JSON writer calls dump(), which throws at bytes that are not UTF-8") {
    namespace fs = std::filesystem;
    std::size_t files = 0;
    for (const char* folder : {"operator", "controllers"}) {
        if (!fs::exists(fs::path{BURSAR_SOURCES} / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator{fs::path{BURSAR_SOURCES} / folder}) {
            const fs::path& path = entry.path();
            if ((path.extension() != ".cpp" && path.extension() != ".hpp") || path.filename() == "json_text.cpp")
                continue;
            ++files;
            INFO(path << " calls dump(): use jsonText() of operator/runtime/base/json_text.hpp");
            CHECK(bursar::testing::readAll(path).find(".dump(") == std::string::npos);
        }
    }
    CHECK(files > 100);
}
