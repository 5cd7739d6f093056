// Manifests against the embedded CRDs. tests/cluster/crds compares the messages with the API server's.
#include <catch2/catch.hpp>

#include "controllers/api/schema/manifest_validation.hpp"
#include "controllers/api/schema/schema.hpp"
#include "controllers/api/suggestion.hpp"

using namespace bursar::api;
using nlohmann::json;

namespace {

std::vector<std::string> errorsOf(const std::string& text, json* object = nullptr) {
    std::vector<std::string> errors;
    ManifestSet set = parseManifests(text, "f.yaml");
    REQUIRE(set.errors.empty());
    for (Manifest& manifest : set.manifests) {
        for (const ManifestError& error : validateManifest(manifest, "team-ns")) errors.push_back(error.toString());
        if (object != nullptr) *object = manifest.object;
    }
    return errors;
}

std::vector<FieldError> check(const char* schemaText, json value) {
    const auto schema = compileSchema(json::parse(schemaText));
    if (!schema) FAIL(schema.error().message);
    std::vector<FieldError> errors;
    normalize(*schema, value, errors);
    validate(*schema, value, errors);
    return errors;
}

constexpr const char* kQuota = R"(apiVersion: bursar.dev/v1alpha1
kind: TeamQuota
metadata:
  name: search
spec:
  policy: main
  team: search
  requests:
  - pool: chat
    forecast: 400M
)";

constexpr const char* kPolicy = R"(apiVersion: bursar.dev/v1alpha1
kind: AllocationPolicy
metadata:
  name: main
spec:
  period: Month
  pools:
  - {name: chat, models: ["*"], window: Day, tokensPerWindow: 1}
)";

}  // namespace

TEST_CASE("a valid manifest gets the values that the API server would fill in") {
    json quota;
    CHECK(errorsOf(kQuota, &quota).empty());
    CHECK(quota["metadata"]["namespace"] == "team-ns");
    json policy;
    CHECK(errorsOf(kPolicy, &policy).empty());
    CHECK_FALSE(policy["metadata"].contains("namespace"));
    CHECK(policy["spec"]["pools"][0]["burstPercent"] == 15);
    CHECK(policy["spec"]["allocation"] == json({{"historyPercent", 50}, {"defaultWeight", 100}}));
    CHECK(policy["spec"]["teams"]["identityLabel"] == "bursar.dev/team");
}

TEST_CASE("every error is reported with its place") {
    CHECK(errorsOf(R"(apiVersion: bursar.dev/v1alpha1
kind: TeamQuota
metadata: {name: Search, label: {}}
spec:
  team: Search
  costcenter: CC-1
  requests:
  - pool: 5
    forecast: 1.5
  - {pool: a, forecast: -1}
  - {pool: a, forecast: 400Mi}
)") == std::vector<std::string>{
           "f.yaml:3:12: metadata.name: Invalid value: \"Search\": a lowercase RFC 1123 subdomain must consist of "
           "lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
           "(e.g. 'example.com', regex used for validation is "
           "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
           "f.yaml:3:26: metadata.label: unknown field \"metadata.label\"; did you mean \"labels\"?",
           "f.yaml:4:1: spec.policy: Required value",
           "f.yaml:5:3: spec.team: Invalid value: \"Search\": may hold lower-case letters, digits and '-', and must "
           "begin and end with a letter or digit",
           "f.yaml:6:3: spec.costcenter: unknown field \"spec.costcenter\"; did you mean \"costCenter\"?",
           "f.yaml:8:5: spec.requests[0].pool: Invalid value: \"integer\": spec.requests[0].pool in body must be of "
           "type string: \"integer\"",
           "f.yaml:9:5: spec.requests[0].forecast: Invalid value: \"number\": spec.requests[0].forecast in body must "
           "be of type integer,string: \"number\"",
           "f.yaml:10:15: spec.requests[1].forecast: Invalid value: -1: must be whole tokens from 0 to 9e15: an "
           "integer or a decimal quantity such as 400000000, 400M or 1.2G (no fraction of a token, no binary suffix "
           "such as Mi)",
           "f.yaml:11:5: spec.requests[2]: Duplicate value: {\"pool\":\"a\"}",
           "f.yaml:11:15: spec.requests[2].forecast: Invalid value: \"400Mi\": must be whole tokens from 0 to 9e15: "
           "an integer or a decimal quantity such as 400000000, 400M or 1.2G (no fraction of a token, no binary "
           "suffix such as Mi)"});
}

TEST_CASE("kind, version and metadata are checked; objects of other groups are not") {
    const std::pair<const char*, std::vector<std::string>> cases[] = {
        {"apiVersion: v1\nkind: ConfigMap\nmetadata: 5\n", {}},
        {"apiVersion: bursar.dev/v1\nkind: TeamQuota\n",
         {"f.yaml:1:1: apiVersion: \"bursar.dev/v1\" is not served; write bursar.dev/v1alpha1"}},
        {"apiVersion: bursar.dev\nkind: BurstLoan\n",
         {"f.yaml:1:1: apiVersion: \"bursar.dev\" is not served; write bursar.dev/v1alpha1"}},
        {"apiVersion: bursar.dev/v1alpha1\nkind: TeamQouta\n",
         {"f.yaml:2:1: kind: \"TeamQouta\" is not a kind of bursar.dev; did you mean \"TeamQuota\"?"}},
        {"apiVersion: bursar.dev/v1alpha1\nkind: Gateway\n",
         {"f.yaml:2:1: kind: \"Gateway\" is not a kind of bursar.dev"}},
        {"apiVersion: bursar.dev/v1alpha1\nkind: TeamQuota\n",
         {"f.yaml:1:1: spec: Required value", "f.yaml:1:1: metadata: Required value"}},
        {"apiVersion: bursar.dev/v1alpha1\nkind: TeamQuota\nmetadata: 5\nspec: []\n",
         {"f.yaml:3:1: metadata: Invalid value: \"integer\": metadata in body must be of type object: \"integer\"",
          "f.yaml:4:1: spec: Invalid value: \"array\": spec in body must be of type object: \"array\""}},
    };
    for (const auto& [text, errors] : cases) {
        INFO(text);
        CHECK(errorsOf(text) == errors);
    }
    CHECK(errorsOf(std::string{kPolicy} + "---\n" + kQuota).empty());
}

TEST_CASE("names, labels and annotations are those that Kubernetes accepts") {
    const auto with = [](const std::string& metadata) {
        return errorsOf("apiVersion: bursar.dev/v1alpha1\nkind: TeamQuota\nmetadata: " + metadata +
                        "\nspec: {policy: p, team: t, requests: [{pool: c, forecast: 1}]}\n");
    };
    for (const char* good : {"{name: a.b-c, namespace: x1, labels: {a/b: C_d, e: ''}, annotations: {x: 'any thing'}}",
                             "{name: '1', finalizers: [x/y]}"}) {
        INFO(good);
        CHECK(with(good).empty());
    }
    for (const char* bad :
         {"{}", "{name: ''}", "{name: A}", "{name: a_b}", "{name: -a}", "{name: 5}", "{name: a, namespace: a.b}",
          "{name: a, labels: {'a b': x}}", "{name: a, labels: {a: 'x y'}}", "{name: a, labels: {a: 1}}",
          "{name: a, annotations: {'b c': x}}", "{name: a, ownerReferences: [{name: x}]}", "{name: a, nmae: b}"}) {
        INFO(bad);
        CHECK(with(bad).size() >= 1);
    }
    CHECK(with("{name: " + std::string(254, 'a') + "}").size() == 1);
}

TEST_CASE("rules are evaluated wherever their own part of the object is sound") {
    const char* schema = R"json({"type": "object", "properties": {
        "a": {"type": "string", "x-kubernetes-validations": [{"rule": "self == 'x'", "message": "must be x"}]},
        "b": {"type": "integer", "minimum": 3},
        "c": {"type": "object", "x-kubernetes-validations": [{"rule": "has(self.d)", "message": "d is missing"}],
              "properties": {"d": {"type": "integer"}}}},
        "x-kubernetes-validations": [{"rule": "self.b > 1", "message": "b is too small", "fieldPath": ".b"}]})json";
    CHECK(check(schema, {{"a", "y"}, {"b", "text"}, {"c", json::object()}}) ==
          std::vector<FieldError>{{"a", "Invalid value: \"y\": must be x"},
                                  {"b", "Invalid value: \"string\": b in body must be of type integer: \"string\""},
                                  {"c", "Invalid value: d is missing"}});
    CHECK(check(schema, {{"b", 1}}) ==
          std::vector<FieldError>{{"b", "Invalid value: 1: b in body should be greater than or equal to 3"},
                                  {"b", "Invalid value: b is too small"}});
}

TEST_CASE("structures, bounds and formats") {
    const std::tuple<const char*, json, std::vector<std::string>> cases[] = {
        {R"({"type": "string", "maxLength": 2})", "éé", {}},
        {R"({"type": "string", "maxLength": 2})", "ééé", {"Too long: may not be more than 2 bytes"}},
        {R"({"type": "string", "pattern": "^a+$"})", "ab", {"Invalid value: \"ab\":  in body should match '^a+$'"}},
        {R"({"type": "string", "format": "date"})",
         "2026-02-29",
         {"Invalid value: \"2026-02-29\":  in body must be of type date: \"2026-02-29\""}},
        {R"({"type": "string", "format": "date"})", "2028-02-29", {}},
        {R"({"type": "string", "format": "date-time"})", "2026-12-01t00:00:00.5z", {}},
        {R"({"type": "string", "format": "date-time"})",
         "2026-12-01T24:00:00Z",
         {"Invalid value: \"2026-12-01T24:00:00Z\":  in body must be of type date-time: \"2026-12-01T24:00:00Z\""}},
        {R"({"type": "integer", "maximum": 5})", 6, {"Invalid value: 6:  in body should be less than or equal to 5"}},
        {R"({"type": "integer"})",
         UINT64_MAX,
         {"Invalid value: \"number\":  in body must be of type integer: \"number\""}},
        {R"({"type": "boolean"})", "yes", {"Invalid value: \"string\":  in body must be of type boolean: \"string\""}},
        {R"({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"})",
         {"a", "b", "a"},
         {"Duplicate value: \"a\""}},
        {R"({"type": "array", "maxItems": 1, "items": {"type": "integer"}})",
         {1, 2},
         {"Too many: 2: must have at most 1 items"}},
        {R"({"type": "object", "maxProperties": 1, "additionalProperties": {"type": "integer"}})",
         {{"a", 1}, {"b", 2}},
         {"Too many: 2: must have at most 1 items"}},
        {R"({"type": "object", "properties": {"a": {"type": "integer", "default": 7}}, "required": ["a"]})",
         {{"a", nullptr}},
         {}},
    };
    for (const auto& [schema, value, messages] : cases) {
        std::vector<std::string> said;
        for (const FieldError& error : check(schema, value)) said.push_back(error.message);
        INFO(schema << " " << value.dump());
        CHECK(said == messages);
    }
}

TEST_CASE("a schema that cannot be interpreted is an error") {
    for (const char* schema :
         {R"j({"type": "float"})j", R"j({"type": "string", "format": "email"})j", R"j([])j",
          R"j({"type": "string", "oneOf": []})j", R"j({"type": "string", "maxLength": "x"})j",
          R"j({"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}})j",
          R"j({"type": "string", "x-kubernetes-validations": [{"rule": "self.foo()"}]})j",
          R"j({"type": "string", "x-kubernetes-validations": [{"rule": "true", "reason": "x"}]})j"}) {
        INFO(schema);
        CHECK_FALSE(compileSchema(json::parse(schema)));
    }
}

TEST_CASE("a suggestion is a similar word, or there is none") {
    const std::vector<std::string> words = {"burstPercent", "models", "name"};
    CHECK(didYouMean("burstPercnt", words) == "; did you mean \"burstPercent\"?");
    CHECK(didYouMean("burstpercent", words) == "; did you mean \"burstPercent\"?");
    CHECK(didYouMean("model", words) == "; did you mean \"models\"?");
    CHECK(didYouMean("colour", words).empty());
    CHECK(didYouMean(std::string(100, 'n'), words).empty());
}
