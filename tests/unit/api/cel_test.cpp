// Expressions of rules: their meaning, and that every one in crds/ can be parsed.
#include <catch2/catch.hpp>

#include "controllers/api/manifests/manifest.hpp"
#include "controllers/api/schema/cel/expression.hpp"
#include "controllers/api/schema/cel/url.hpp"
#include "controllers/api/schema/embedded_crds.hpp"
#include "controllers/api/schema/resource_schemas.hpp"

using namespace bursar::api;
using nlohmann::json;

namespace {

// `true`, `false`, or the failure's message.
std::string verdictOf(const std::string& text, const json& self, const Schema* schema = nullptr) {
    const auto expression = cel::Expression::parse(text);
    if (!expression) return expression.error().message;
    const cel::Value value = expression->evaluate(cel::valueOf(self, schema));
    if (const auto* failure = value.as<cel::Failure>()) return failure->message;
    const bool* truth = value.as<bool>();
    return truth == nullptr ? "no truth" : *truth ? "true" : "false";
}

// Every `rule` anywhere in a CRD.
void collectRules(const json& value, std::vector<std::string>& rules) {
    if (value.is_object() && value.contains("rule") && value["rule"].is_string()) rules.push_back(value["rule"]);
    if (!value.is_structured()) return;
    for (const json& child : value) collectRules(child, rules);
}

}  // namespace

TEST_CASE("every expression of the CRDs can be parsed") {
    std::size_t found = 0;
    for (const auto& [name, text] : embeddedCrds()) {
        for (const Manifest& manifest : parseManifests(text, std::string{name}).manifests) {
            if (manifest.object["kind"] != "CustomResourceDefinition") continue;
            std::vector<std::string> rules;
            collectRules(manifest.object["spec"]["versions"], rules);
            found += rules.size();
            for (const std::string& rule : rules) {
                const auto expression = cel::Expression::parse(rule);
                INFO(rule);
                CHECK((expression ? "" : expression.error().message) == "");
            }
        }
    }
    CHECK(found > 40);
    const auto& resources = resourceSchemas();
    if (!resources) FAIL(resources.error().message);
    CHECK(resources->size() == 3);
}

TEST_CASE("expressions evaluate as in CEL") {
    const json self = {{"name", "chat"},
                       {"n", 5},
                       {"list", {"a", "b"}},
                       {"map", {{"k", "v"}}},
                       {"on", true},
                       {"zero", 0},
                       {"items", {{{"x", 1}}, {{"x", 2}}}},
                       {"text", ""}};
    const std::pair<const char*, const char*> cases[] = {
        {"true", "true"},
        {"self.n == 5", "true"},
        {"self.n != 5 || self.name == 'chat'", "true"},
        {"self.n >= 5 && self.n <= 5 && !(self.n < 5) && !(self.n > 5)", "true"},
        {"self.n == '5'", "false"},
        {"self.n < '5'", "no such overload"},
        {"self.name < \"chau\"", "true"},
        {"self.name in ['a', 'chat']", "true"},
        {"self.name in ['a']", "false"},
        {"has(self.name) && !has(self.other)", "true"},
        {"has(self.map.k) && !has(self.map.l)", "true"},
        {"has(self.other.deep)", "no such key: other"},
        {"self.other == 1", "no such key: other"},
        {"self.other == 1 || true", "true"},
        {"false && self.other == 1", "false"},
        {"self.other == 1 && false", "false"},
        {"self.other == 1 && true", "no such key: other"},
        {"self.on ? self.n == 5 : self.other", "true"},
        {"self.n ? true : false", "no such overload"},
        {"!self.n", "no such overload"},
        {"size(self.list) == 2 && size(self.map) == 1 && size(self.text) == 0", "true"},
        {"size('é') == 1", "true"},
        {"self.items.all(i, i.x > 0)", "true"},
        {"self.items.exists(i, i.x == 2)", "true"},
        {"self.items.exists(i, i.y == 2)", "no such key: y"},
        {"self.items.exists(i, i.x == 1 || i.y == 2)", "true"},
        {"self.items.all(i, self.list.exists(l, l == 'b') && i.x < 3)", "true"},
        {"self.map.all(k, k == 'k')", "true"},
        {"self.n.all(k, true)", "no such overload"},
        {"self.name.matches('^[a-z]{4}$')", "true"},
        {"self.name.matches('ha')", "true"},
        {"self.n.matches('5')", "no such overload"},
        {"self.name.startsWith('ch') && !self.name.startsWith('chats')", "true"},
        {"type(self.n) == int && type(self.name) == string && type(self.n) != string", "true"},
        {"string(self.n) == '5' && string(self.name) == 'chat'", "true"},
        {"quantity('1k').compareTo(quantity('1000')) == 0", "true"},
        {"quantity('1.5M').isGreaterThan(quantity('1499k'))", "true"},
        {"quantity('1Ki').isGreaterThan(quantity('1k'))", "true"},
        {"quantity('12e8').isInteger() && quantity('1.5k').isInteger() && !quantity('1.5').isInteger()", "true"},
        {"quantity('-1').compareTo(quantity('0')) <= 0", "true"},
        {"quantity('1e99').isGreaterThan(quantity('9P'))", "true"},
        {"quantity('x').isInteger()",
         "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"},
        {"quantity(self.n).isInteger()", "no such overload"},
        {"isURL('https://a/b')", "true"},
        {"unknown == 1", "undeclared reference to 'unknown'"},
    };
    for (const auto& [text, verdict] : cases) {
        INFO(text);
        CHECK(verdictOf(text, self) == verdict);
    }
}

TEST_CASE("strings are compared as times if the schema has a time format") {
    const auto schema = compileSchema(json::parse(R"({"type": "object", "properties": {
        "a": {"type": "string", "format": "date-time"}, "b": {"type": "string", "format": "date-time"}}})"));
    REQUIRE(schema);
    const json later = {{"a", "2026-12-01T00:30:00+01:00"}, {"b", "2026-12-01T00:00:00Z"}};
    CHECK(verdictOf("self.b > self.a", later, &*schema) == "true");
    CHECK(verdictOf("self.b > self.a", later) == "false");  // as texts
    const json wrong = {{"a", "Tuesday"}, {"b", "2026-12-01T00:00:00Z"}};
    CHECK(verdictOf("self.b > self.a", wrong, &*schema) == "Invalid date-time formatted string Tuesday");
}

TEST_CASE("an expression beyond the subset is an error") {
    for (const char* text :
         {"", "self.", "self.x +", "1 + 1", "foo(self)", "self.x.y(", "[1, 2", "'open", "'a\\n'", "1.5",
          "self.matches(self)", "self.matches('(')", "has(self)", "self.all(1, true)", "a b", "-1"}) {
        INFO(text);
        CHECK_FALSE(cel::Expression::parse(text));
    }
    CHECK(cel::Expression::parse("self == oldSelf")->usesOldSelf());
    CHECK_FALSE(cel::Expression::parse("self == 'oldSelf'")->usesOldSelf());
}

TEST_CASE("isURL accepts the same texts as Go's url.ParseRequestURI") {
    for (const char* url : {"http://a", "https://a.example.com:8443/x?y=%zz", "http://[::1]:80/", "http://u:p@h/%20",
                            "/absolute", "p:9090", "mailto:a@b", "http://h:/", "*", "http://é/", "file:///x"}) {
        INFO(url);
        CHECK(cel::isUrl(url));
    }
    for (const char* text : {"", "wiki/x", "http://a b", "http://a/%zz", "://a", "1http://a", "http://h:port/",
                             "http://[::1", "http://a\tb", "http://h%41/", "http://us er@h/"}) {
        INFO(text);
        CHECK_FALSE(cel::isUrl(text));
    }
}
