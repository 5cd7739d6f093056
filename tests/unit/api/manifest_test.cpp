// Reading manifests: the value of each text, and the place and message of each error.
#include "controllers/api/manifests/manifest.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace bursar::api;
using nlohmann::json;

namespace {

constexpr const char* kHead = "apiVersion: v1\nkind: Thing\n";

std::vector<std::string> errorsOf(const std::string& text) {
    std::vector<std::string> errors;
    for (const ManifestError& error : parseManifests(text, "f.yaml").errors) errors.push_back(error.toString());
    return errors;
}

// The value of `v` in a manifest without errors.
json valueOf(const std::string& yaml) {
    const ManifestSet set = parseManifests(kHead + ("v: " + yaml), "f.yaml");
    INFO(yaml);
    if (!set.errors.empty()) FAIL(set.errors.front().toString());
    REQUIRE(set.manifests.size() == 1);
    return set.manifests[0].object["v"];
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("scalars resolve as kubectl resolves them") {
    const std::pair<const char*, json> cases[] = {
        {"yes", true},
        {"On", true},
        {"y", true},
        {"TRUE", true},
        {"no", false},
        {"off", false},
        {"N", false},
        {"~", nullptr},
        {"null", nullptr},
        {"", nullptr},
        {"yess", "yess"},
        {"nUll", "nUll"},
        {"12", 12},
        {"-12", -12},
        {"+12", 12},
        {"1_000", 1000},
        {"017", 15},
        {"0o17", 15},
        {"0x1F", 31},
        {"-0x1f", -31},
        {"0b101", 5},
        {"-0b101", -5},
        {"08", 8},
        {"0", 0},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"18446744073709551615", UINT64_MAX},
        {"1.5", 1.5},
        {"-.5", -0.5},
        {".5", 0.5},
        {"1e3", 1000},
        {"1.0", 1},
        {"12e8", 1200000000},
        {"2.5e-1", 0.25},
        {"1.5G", "1.5G"},
        {"400M", "400M"},
        {"0x", "0x"},
        {"0b12", "0b12"},
        {"1e", "1e"},
        {"+", "+"},
        {".", "."},
        {"1:30", "1:30"},
        {"2026-10-01", "2026-10-01"},
        {"2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"},
        {"12h", "12h"},
        {"1.2.3", "1.2.3"},
        {"<<", "<<"},
        {"'12'", "12"},
        {"\"yes\"", "yes"},
        {"'~'", "~"},
        {"|\n  12", "12"},
        {">-\n  a\n  b", "a b"},
        {"!!str 12", "12"},
        {"! 12", "12"},
        {"!!int '12'", 12},
        {"!!float 1", 1},
        {"!!bool 'no'", false},
        {"!!null ''", nullptr},
        {"!!map {a: 1}", {{"a", 1}}},
        {"!!seq [1]", {1}},
        {"\"\\u00e9\\U0001F680\"", "é🚀"},
        {"{yes: 1, 12: 2, 1.5: 3}", {{"true", 1}, {"12", 2}, {"1.5", 3}}},
    };
    for (const auto& [yaml, value] : cases) {
        CHECK(valueOf(yaml) == value);
    }
}

TEST_CASE("every error has a place and a message") {
    struct Case {
        const char* what;
        std::string text;
        std::vector<std::string> errors;
    };
    const std::string head = kHead;
    const Case cases[] = {
        {"truncated in quotes", head + "v: \"abc", {"f.yaml:3:8: not valid YAML: found unexpected end of stream"}},
        {"truncated in a flow map",
         head + "v: {a: 1,",
         {"f.yaml:4:1: not valid YAML: did not find expected node content"}},
        {"a tab indents",
         "a:\n\tb: 1\n",
         {"f.yaml:2:1: not valid YAML: found character that cannot start any token; tabs cannot indent, use spaces"}},
        {"wrong indentation",
         "a:\n    b: 1\n  c: 2\n",
         {"f.yaml:3:3: not valid YAML: did not find expected key (while parsing a block mapping that begins in line "
          "1)"}},
        {"duplicate key",
         head + "v: 1\nw: 2\nv: 3\n",
         {"f.yaml:5:1: v: the key occurs twice, first in line 3; remove one"}},
        {"duplicate key within",
         head + "v:\n- a: 1\n  a: 2\n",
         {"f.yaml:5:3: v[0].a: the key occurs twice, first in line 4; remove one"}},
        {"two errors in one document",
         head + "v: .nan\nw: .inf\n",
         {"f.yaml:3:4: .nan is not a number that Kubernetes accepts; quote it if it is meant as text",
          "f.yaml:4:4: .inf is not a number that Kubernetes accepts; quote it if it is meant as text"}},
        {"minus infinity",
         head + "v: -.INF\n",
         {"f.yaml:3:4: -.INF is not a number that Kubernetes accepts; quote it if it is meant as text"}},
        {"a float too large",
         head + "v: 1e400\n",
         {"f.yaml:3:4: 1e400 does not fit a number; quote it if it is meant as text"}},
        {"an integer too large",
         head + "v: 18446744073709551616\n",
         {"f.yaml:3:4: 18446744073709551616 does not fit a 64-bit integer; quote it if it is meant as text"}},
        {"an integer too small",
         head + "v: -9223372036854775809\n",
         {"f.yaml:3:4: -9223372036854775809 does not fit a 64-bit integer; quote it if it is meant as text"}},
        {"an unknown tag", head + "v: !secret x\n", {"f.yaml:3:4: the tag !secret is not supported; leave it out"}},
        {"a binary value",
         head + "v: !!binary aGk=\n",
         {"f.yaml:3:4: the tag tag:yaml.org,2002:binary is not supported; leave it out"}},
        {"a tag on a map", head + "v: !x {}\n", {"f.yaml:3:4: the tag !x is not supported; leave it out"}},
        {"a wrong tag", head + "v: !!int abc\n", {"f.yaml:3:4: \"abc\" is not of type int"}},
        {"a map as key", head + "? {a: 1}\n: 2\n", {"f.yaml:3:3: a key must be a plain value, not a map or a list"}},
        {"no key", head + "?\n: 2\n", {"f.yaml:3:2: a key is missing before the colon"}},
        {"an unknown anchor", head + "v: *there\n", {"f.yaml:3:4: there is no anchor &there above this alias"}},
        {"an anchor in itself", head + "v: &a [*a]\n", {"f.yaml:3:8: the anchor &a contains itself"}},
        {"a merge of a scalar", head + "<<: 1\n", {"f.yaml:3:5: << merges a map or a list of maps"}},
        {"a control character",
         head + "v: a\x01",
         {"f.yaml:3:5: the byte 0x01 is not text that YAML allows; save the file as UTF-8"}},
        {"Latin-1",
         head + "v: caf\xE9\n",
         {"f.yaml:3:7: the byte 0xE9 is not text that YAML allows; save the file as UTF-8"}},
        {"an overlong character",
         head + "v: \xC0\xAF\n",
         {"f.yaml:3:4: the byte 0xC0 is not text that YAML allows; save the file as UTF-8"}},
        {"a surrogate",
         head + "v: \xED\xA0\x80\n",
         {"f.yaml:3:4: the byte 0xED is not text that YAML allows; save the file as UTF-8"}},
        {"UTF-16",
         std::string{"\xFF\xFE"
                     "a\0",
                     4},
         {"f.yaml:1:1: the byte 0xFF is not text that YAML allows; save the file as UTF-8"}},
        {"a list for a manifest",
         "- 1\n",
         {"f.yaml:1:1: a manifest is an object with apiVersion and kind; this is a list"}},
        {"a word for a manifest",
         "hello\n",
         {"f.yaml:1:1: a manifest is an object with apiVersion and kind; this is a string"}},
        {"no kind", "apiVersion: v1\n", {"f.yaml:1:1: kind: is required in every manifest, as a string"}},
        {"kind is a number",
         "apiVersion: v1\nkind: 1\n",
         {"f.yaml:2:1: kind: is required in every manifest, as a string"}},
        {"List without a list", "apiVersion: v1\nkind: List\nitems: 1\n", {"f.yaml:3:1: items: must be a list"}},
        {"an item that is none",
         "apiVersion: v1\nkind: List\nitems:\n- 1\n",
         {"f.yaml:4:3: a manifest is an object with apiVersion and kind; this is a number"}},
    };
    for (const Case& test : cases) {
        INFO(test.what);
        CHECK(errorsOf(test.text) == test.errors);
        CHECK(parseManifests(test.text, "f.yaml").manifests.empty());
    }
}

TEST_CASE("hostile texts end with an error, in bounded time and memory") {
    const std::string deep = "nested deeper than 100 levels";
    const std::string bomb = "expand to more than 16 MiB";
    std::string laughs = std::string{kHead} + "l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
    for (int i = 1; i < 10; ++i) {
        const std::string before = "*l" + std::to_string(i - 1);
        laughs +=
            "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [" + before + repeated(", " + before, 8) + "]\n";
    }
    std::string stack = std::string{kHead} + "a0: &a0 " + repeated("[", 60) + repeated("]", 60) + "\n";
    stack += "b: " + repeated("[", 60) + "*a0" + repeated("]", 60) + "\n";
    const std::pair<std::string, std::string> cases[] = {
        {repeated("[", 100000), deep},
        {repeated("- ", 100000), deep},
        {repeated("{a: ", 100000), deep},
        {laughs, bomb},
        {stack, deep},
        {std::string(17 << 20, '#'), "is larger than 16 MiB"},
        {repeated("---\n{}\n", 100001), "the rest of the file is not read"},
        {repeated("---\n[\n", 200), "the rest of the file is not read"},
    };
    for (const auto& [text, message] : cases) {
        const auto errors = errorsOf(text);
        REQUIRE_FALSE(errors.empty());
        const bool said = std::any_of(errors.begin(), errors.end(), [&said = message](const std::string& e) {
            return e.find(said) != std::string::npos;
        });
        INFO(message << " / " << errors.front());
        CHECK(said);
    }
}

TEST_CASE("a long value is no error") {
    const std::string text(1 << 20, 'x');
    CHECK(valueOf(text) == text);
    CHECK(valueOf("\"" + text + "\"") == text);
}

TEST_CASE("a broken document does not hide those after it") {
    const ManifestSet set = parseManifests(
        "apiVersion: v1\nkind: A\n---\na: [\n---\napiVersion: v1\nkind: B\nv: .nan\n---\n# nothing\n---\n\n--- # "
        "c\napiVersion: v1\nkind: C\n...\n",
        "f.yaml");
    REQUIRE(set.manifests.size() == 2);
    CHECK(set.manifests[0].object["kind"] == "A");
    CHECK(set.manifests[0].line == 1);
    CHECK(set.manifests[1].object["kind"] == "C");
    CHECK(set.manifests[1].line == 14);
    REQUIRE(set.errors.size() == 2);
    CHECK(set.errors[0].place.line == 5);
    CHECK(set.errors[1].place.line == 8);
}

TEST_CASE("a byte order mark, CRLF and an empty text are accepted") {
    CHECK(parseManifests("", "f").manifests.empty());
    CHECK(parseManifests("\xEF\xBB\xBF", "f").errors.empty());
    const ManifestSet set = parseManifests(
        "\xEF\xBB\xBF"
        "apiVersion: v1\r\nkind: A\r\nv: 1\r\n---\r\napiVersion: v1\r\nkind: B\r\n",
        "f");
    CHECK(set.errors.empty());
    REQUIRE(set.manifests.size() == 2);
    CHECK(set.manifests[0].object["v"] == 1);
    CHECK(set.manifests[0].placeOf("v").toString() == "f:3:1");
    CHECK(set.manifests[1].placeOf("kind").toString() == "f:6:1");
}

TEST_CASE("fields have places, and a missing field has its parent's") {
    const ManifestSet set = parseManifests(
        "# a comment\napiVersion: v1\nkind: A\nspec:\n  pool: chat\n  requests:\n  - pool: chat\n    forecast: 1\n  - "
        "{pool: embed}\n",
        "f.yaml");
    REQUIRE(set.errors.empty());
    REQUIRE(set.manifests.size() == 1);
    const Manifest& manifest = set.manifests[0];
    CHECK(manifest.line == 2);
    const std::pair<const char*, const char*> cases[] = {
        {"", "f.yaml:2:1"},
        {"spec", "f.yaml:4:1"},
        {"spec.pool", "f.yaml:5:3"},
        {"spec.requests[0]", "f.yaml:7:5"},
        {"spec.requests[0].forecast", "f.yaml:8:5"},
        {"spec.requests[1].pool", "f.yaml:9:6"},
        {"spec.requests[1].forecast", "f.yaml:9:5"},
        {"spec.requests[2].forecast", "f.yaml:6:3"},
        {"status.phase", "f.yaml:2:1"},
    };
    for (const auto& [field, place] : cases) CHECK(manifest.placeOf(field).toString() == place);
}

TEST_CASE("aliases and merge keys are replaced by copies") {
    const ManifestSet set = parseManifests(
        "apiVersion: v1\nkind: A\nbase: &base {a: 1, b: 2}\nmore: &more\n  c: 3\nv:\n  b: 5\n  <<: *base\nw:\n  <<: "
        "[*base, *more, {a: 9, d: 4}]\nx: *base\n",
        "f.yaml");
    REQUIRE(set.errors.empty());
    const Manifest& manifest = set.manifests.at(0);
    CHECK(manifest.object["v"] == json({{"a", 1}, {"b", 5}}));
    CHECK(manifest.object["w"] == json({{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}}));
    CHECK(manifest.object["x"] == json({{"a", 1}, {"b", 2}}));
    CHECK(manifest.placeOf("v.a").toString() == "f.yaml:8:3");
    CHECK(manifest.placeOf("x.a").toString() == "f.yaml:11:1");
}

TEST_CASE("lists are opened, each item with its own places") {
    const ManifestSet set = parseManifests(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n  spec: {x: 1}\n- apiVersion: v1\n  kind: "
        "List\n  items:\n  - {apiVersion: v1, kind: B}\n---\napiVersion: bursar.dev/v1alpha1\nkind: "
        "TeamQuotaList\nitems:\n- spec: 1\n",
        "f.yaml");
    REQUIRE(set.errors.empty());
    REQUIRE(set.manifests.size() == 3);
    CHECK(set.manifests[0].object["kind"] == "A");
    CHECK(set.manifests[0].line == 4);
    CHECK(set.manifests[0].placeOf("spec.x").toString() == "f.yaml:6:10");
    CHECK(set.manifests[1].object["kind"] == "B");
    CHECK(set.manifests[1].placeOf("kind").toString() == "f.yaml:10:22");
    CHECK(set.manifests[2].object == json({{"apiVersion", "bursar.dev/v1alpha1"}, {"kind", "TeamQuota"}, {"spec", 1}}));
    CHECK(set.manifests[2].placeOf("spec").toString() == "f.yaml:15:3");
}

TEST_CASE("JSON is read, also several objects in a row and surrogate pairs") {
    const ManifestSet set = parseManifests(
        "{\"apiVersion\": \"v1\",\n\t\"kind\": \"A\", \"v\": \"\\ud83d\\ude80 \\/ \\\\ud83d "
        "{\"}\n{\"apiVersion\":\"v1\",\"kind\":\"B\",\"v\":[1.5,true,null]}\n",
        "f.json");
    REQUIRE(set.errors.empty());
    REQUIRE(set.manifests.size() == 2);
    CHECK(set.manifests[0].object["v"] == "🚀 / \\ud83d {");
    CHECK(set.manifests[0].placeOf("kind").toString() == "f.json:2:2");
    CHECK(set.manifests[1].object["v"] == json({1.5, true, nullptr}));
    CHECK(set.manifests[1].line == 3);
}
