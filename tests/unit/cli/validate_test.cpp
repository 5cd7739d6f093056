// Checks of several manifests together.
#include <catch2/catch.hpp>

#include <sstream>

#include "operator/cli/validate/validate_command.hpp"
#include "operator/runtime/base/utf8.hpp"

using namespace bursar;
using namespace bursar::cli;

namespace {

const std::string kPolicy = R"(---
apiVersion: bursar.dev/v1alpha1
kind: AllocationPolicy
metadata: {name: main}
spec:
  period: Month
  teams: {namespaceSelector: {matchLabels: {tier: prod}, matchExpressions: [{key: zone, operator: Exists}]}}
  pools: [{name: chat, models: ["*"], window: Day, tokensPerWindow: 1k}]
)";

std::string quota(const std::string& name, const std::string& team, const std::string& pool = "chat",
                  const std::string& policy = "main") {
    return "---\napiVersion: bursar.dev/v1alpha1\nkind: TeamQuota\nmetadata: {name: " + name + ", namespace: " + name +
           "}\nspec: {policy: " + policy + ", team: " + team + ", requests: [{pool: " + pool + ", forecast: 1}]}\n";
}

std::string loan(const std::string& ns, const std::string& teamQuota, const std::string& pool = "chat") {
    return "---\napiVersion: bursar.dev/v1alpha1\nkind: BurstLoan\nmetadata: {name: launch, namespace: " + ns +
           "}\nspec: {teamQuota: " + teamQuota + ", pool: " + pool +
           ", tokens: 1, start: 2026-12-01T00:00:00Z, end: 2026-12-02T00:00:00Z, reason: Launch}\n";
}

std::string ns(const std::string& name, const std::string& labels) {
    return "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + ", labels: {" + labels + "}}\n";
}

struct Said {
    std::vector<std::string> errors;
    std::vector<std::string> notes;
};

// Messages up to their first semicolon, without their places.
Said sayOf(const std::string& text) {
    const Validation validation = validateAll(api::parseManifests(text, "f.yaml"), "default");
    Said said;
    for (const auto& error : validation.errors) said.errors.push_back(error.text().substr(0, error.text().find(';')));
    for (const auto& note : validation.notes) said.notes.push_back(note.text().substr(0, note.text().find(';')));
    return said;
}

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("a complete repository is checked as the operator would") {
    const std::string prod = "tier: prod, zone: a";
    struct Case {
        const char* what;
        std::string text;
        Messages errors;
    };
    const Case cases[] = {
        {"all is well", kPolicy + ns("ads", prod) + quota("ads", "ads") + loan("ads", "ads"), {}},
        {"a label names the team", kPolicy + ns("a1", prod + ", bursar.dev/team: ads") + quota("a1", "ads"), {}},
        {"another team's name",
         kPolicy + ns("ads", prod) + quota("ads", "maps"),
         {"spec.team: namespace \"ads\" speaks for team \"ads\", not for \"maps\""}},
        {"a namespace that the policy does not admit",
         kPolicy + ns("ads", "tier: test") + quota("ads", "ads"),
         {"spec.policy: AllocationPolicy \"main\" does not admit namespace \"ads\" (teams.namespaceSelector)"}},
        {"an unknown policy beside others",
         kPolicy + quota("ads", "ads", "chat", "mian"),
         {"spec.policy: there is no AllocationPolicy \"mian\""}},
        {"an unknown pool",
         kPolicy + quota("ads", "ads", "embed"),
         {"spec.requests[0].pool: AllocationPolicy \"main\" has no pool \"embed\""}},
        {"two quotas for one team",
         kPolicy + quota("a", "ads") + quota("b", "ads"),
         {"spec.team: \"ads\" already has TeamQuota a/a under this policy, which is older"}},
        {"a loan of an unknown quota",
         kPolicy + quota("ads", "ads") + loan("ads", "adds"),
         {"spec.teamQuota: there is no TeamQuota \"adds\" in namespace \"ads\""}},
        {"the same object twice",
         kPolicy + kPolicy,
         {"metadata.name: AllocationPolicy main is given twice, here and at f.yaml:4:12"}},
    };
    for (const Case& test : cases) {
        INFO(test.what);
        CHECK(sayOf(test.text).errors == test.errors);
    }
}

TEST_CASE("a question that the files cannot answer is a note") {
    const Said alone = sayOf(quota("ads", "ads") + quota("maps", "maps") + loan("shop", "shop"));
    CHECK(alone.errors.empty());
    CHECK(alone.notes == Messages{"spec.policy: AllocationPolicy \"main\" is not among the files",
                                  "spec.teamQuota: TeamQuota \"shop\" is not among the files"});
    const Said unlabelled = sayOf(kPolicy + quota("a1", "ads", "embed"));
    CHECK(unlabelled.errors == Messages{"spec.requests[0].pool: AllocationPolicy \"main\" has no pool \"embed\""});
    CHECK(unlabelled.notes.size() == 1);
}

TEST_CASE("an error is reported once, at its cause") {
    const std::string broken =
        "---\napiVersion: bursar.dev/v1alpha1\nkind: AllocationPolicy\nmetadata: {name: main}\nspec: {period: Year, "
        "pools: []}\n";
    CHECK(sayOf(broken + quota("ads", "ads") + loan("ads", "ads")).errors.size() == 2);  // period and pools
    const Said lost = sayOf("a: [\n" + kPolicy + quota("ads", "ads", "chat", "other"));
    CHECK(lost.errors.size() == 1);  // the document that cannot be read may be the policy
    CHECK(lost.notes.size() >= 1);
}

TEST_CASE("only Bursar's manifests count") {
    const Validation validation =
        validateAll(api::parseManifests("apiVersion: v1\nkind: ConfigMap\n" + quota("a", "a"), "f"), "default");
    CHECK(validation.checked == 1);
    CHECK(validation.passedOver == 1);
    CHECK(validation.errors.empty());
}

TEST_CASE("a value whose characters straddle the bound of what is repeated is answered in every form") {
    const std::string forecast = "!!int \"a" + [] {
        std::string text;
        for (int i = 0; i < 100; ++i) text += "\u00e9";
        return text;
    }() + "\"";
    std::string manifest = quota("a", "a");
    manifest.replace(manifest.find("forecast: 1"), 11, "forecast: " + forecast);
    for (const bool asJson : {false, true}) {
        std::istringstream in{manifest};
        ValidateOptions options;
        options.files = {"-"};
        options.json = asJson;
        const Answer answer = runValidate(options, in);
        CHECK(answer.exitCode == 2);
        CHECK_THAT(asJson ? answer.out : answer.err, Catch::Contains("is not of type int"));
        CHECK(isUtf8(answer.out + answer.err));
    }
}
