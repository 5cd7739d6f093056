#include "operator/cli/plan/plan_command.hpp"

#include <catch2/catch.hpp>

#include <sstream>

#include "controllers/treasury/decide.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/cli/manifest_texts.hpp"

using namespace bursar;
using namespace bursar::cli;
using namespace bursar::testing;
using Catch::Matchers::Contains;
namespace {

using nlohmann::json;

constexpr const char* kNow = "2026-11-24T10:00:00Z";

// Plans the manifests in `text`, given on standard input.
Answer plan(const std::string& text, PlanFormat format = PlanFormat::Table, PlanOptions options = {}) {
    std::istringstream in{text};
    options.files = {"-"};
    options.at = kNow;
    const auto none = [] { return makeError(ErrorCode::Unavailable, "no cluster"); };
    return runPlan(options, format, {in, {}, none, none});
}

json planJson(const std::string& text, PlanOptions options = {}) {
    return json::parse(plan(text, PlanFormat::Json, std::move(options)).out);
}

std::vector<std::string> keysOf(const nlohmann::ordered_json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.push_back(key);
    return keys;
}

struct GoldenCase {
    const char* folder;
    bool base;
    bool history;
    int exitCode;
};

}  // namespace

TEST_CASE("golden plans: the table, the JSON, the comment on the pull request") {
    const std::vector<GoldenCase> cases = {
        {"quarter", true, true, 3}, {"errors", false, true, 2}, {"overcommitted", true, false, 3}};
    for (const GoldenCase& each : cases) {
        const WorkingDirectory folder{std::filesystem::path{BURSAR_GOLDEN} / "plan" / each.folder};
        PlanOptions options;
        options.files = {"change"};
        options.recursive = true;
        options.at = kNow;
        if (each.base) options.base = {"base"};
        if (each.history) options.history = "history.csv";
        std::istringstream in;
        const Surroundings surroundings{in, {}, {}};
        const std::string name = std::string{"plan/"} + each.folder + "/expected";
        const Answer table = runPlan(options, PlanFormat::Table, surroundings);
        CHECK(table.exitCode == each.exitCode);
        CHECK(table.err.empty());
        checkGolden(name + ".txt", table.out);
        checkGolden(name + ".json", runPlan(options, PlanFormat::Json, surroundings).out);
        checkGolden(name + ".md", runPlan(options, PlanFormat::Markdown, surroundings).out);
    }
}

TEST_CASE("the documentation shows what is printed") {
    const std::filesystem::path golden{BURSAR_GOLDEN};
    const std::string page = readAll(golden / "../../docs/pull-requests.md");
    for (const char* shown : {"expected.txt", "expected.md"}) {
        CHECK(page.find(readAll(golden / "plan/quarter" / shown)) != std::string::npos);
    }
}

TEST_CASE("a plan's grants are those of decide() on the same World") {
    const std::string text = policyText("  allocation: {weights: [{team: a, weight: 300, floor: 100}]}\n") +
                             quotaText("a", "700") + quotaText("b", "601") + quotaText("c", "50");
    auto set = api::parseManifests(text, "-");
    const ManifestWorld world = readManifestWorld(set.manifests, {*parseInstant(kNow), ""}, nullptr);
    const treasury::Decisions decisions = treasury::decide(world.world, *parseInstant(kNow));
    const json grants = planJson(text)["policies"][0]["pools"][0]["grants"];
    REQUIRE(grants.size() == decisions.quotas.size());
    for (std::size_t i = 0; i < grants.size(); ++i) {
        CHECK(grants[i]["team"] == decisions.quotas[i].team);
        CHECK(grants[i]["grant"] == decisions.quotas[i].budgets[0].baseline.value());
        CHECK(grants[i]["sentence"] == decisions.quotas[i].budgets[0].rationale.sentence);
    }
}

TEST_CASE("exit codes: 0 fine, 2 a manifest is invalid, 3 the policy refuses, 1 nothing could be planned") {
    const std::string fine = policyText() + quotaText("a", "700");
    const std::string denied = fine + loanText("a", "900");
    CHECK(plan(fine).exitCode == 0);
    CHECK(plan(fine + loanText("a", "50")).exitCode == 0);
    CHECK(plan(denied).exitCode == 3);
    CHECK(plan(policyText("  allocation: {weights: [{team: a, floor: 900}]}\n") + quotaText("a", "900")).exitCode == 3);
    CHECK(plan(fine + quotaText("b", "x")).exitCode == 2);
    CHECK(plan(denied + quotaText("b", "1", "other")).exitCode == 2);  // 2 wins over 3
    CHECK(plan(fine + "---\n{").exitCode == 2);
    PlanOptions options;
    options.history = "there-is-none.csv";
    CHECK(plan(fine, PlanFormat::Table, options).exitCode == 1);
    options = {};
    options.base = {"there-is-none"};
    CHECK(plan(fine, PlanFormat::Table, options).err ==
          "bursar plan: --base: there-is-none: there is no such file or folder\n");
    options = {};
    options.live = true;
    CHECK(plan(fine, PlanFormat::Table, options).err == "bursar plan: no cluster\n");
}

TEST_CASE("a denied loan that is over, and was there before, is no refusal") {
    const std::string text = policyText() + quotaText("a", "700") + loanText("a", "50", "2026-11-20");
    CHECK(plan(text).exitCode == 3);
    const TemporaryDirectory folder;
    PlanOptions options;
    options.base = {folder.write("base.yaml", text)};
    CHECK(plan(text, PlanFormat::Table, options).exitCode == 0);
}

TEST_CASE("--at must be a time") {
    std::istringstream in;
    PlanOptions options;
    options.at = "tomorrow";
    const Answer answer = runPlan(options, PlanFormat::Table, {in, {}, {}});
    CHECK(answer.exitCode == 1);
    CHECK(answer.err == "bursar plan: --at: \"tomorrow\" is not a time; write it as 2026-11-24T08:00:00Z\n");
}

TEST_CASE("before and after: a new team has no before, a removed one has no grant") {
    const TemporaryDirectory folder;
    PlanOptions options;
    options.base = {folder.write("base.yaml", policyText() + quotaText("a", "300") + quotaText("b", "200"))};
    const json grants = planJson(policyText() + quotaText("a", "350") + quotaText("c", "10"),
                                 options)["policies"][0]["pools"][0]["grants"];
    REQUIRE(grants.size() == 3);
    CHECK(grants[0]["before"] == 300);
    CHECK(grants[0]["grant"] == 350);
    CHECK(grants[1]["team"] == "b");
    CHECK(grants[1]["before"] == 200);
    CHECK(grants[1]["grant"].is_null());
    CHECK(grants[1]["sentence"] == "Leaves the pool: it had 200 a day.");
    CHECK(grants[2]["before"].is_null());
    CHECK(planJson(policyText() + quotaText("a", "350"))["policies"][0]["pools"][0]["grants"][0]["before"].is_null());
}

TEST_CASE("an invalid policy changes no grant: the limits in force stay") {
    const TemporaryDirectory folder;
    PlanOptions options;
    options.base = {folder.write("base.yaml", policyText() + quotaText("a", "300"))};
    const std::string broken = policyText("  allocation: {historyPercent: 101}\n") + quotaText("a", "300");
    const Answer answer = plan(broken, PlanFormat::Table, options);
    CHECK(answer.exitCode == 2);
    CHECK_THAT(answer.out, Contains("main: decides nothing until it is fixed"));
    CHECK_THAT(answer.out, !Contains("leaves"));
    CHECK_THAT(plan(broken, PlanFormat::Markdown, options).out, Contains("`main` decides nothing until it is fixed"));
}

TEST_CASE("errors in the base are notes: the change may correct them") {
    const TemporaryDirectory folder;
    PlanOptions options;
    options.base = {folder.write("base.yaml", policyText() + quotaText("a", "x"))};
    const Answer answer = plan(policyText() + quotaText("a", "300"), PlanFormat::Table, options);
    CHECK(answer.exitCode == 0);
    CHECK_THAT(answer.out, Contains("the base has 1 errors, first: "));
    CHECK_THAT(plan(policyText() + quotaText("a", "300"), PlanFormat::Json, options).err, Contains("the base has"));
}

TEST_CASE("the JSON has the keys of docs/design.md, in its order, and null for what is absent") {
    const auto out = nlohmann::ordered_json::parse(
        plan(policyText() + quotaText("a", "700") + quotaText("b", "x") + loanText("a", "900"), PlanFormat::Json).out);
    using Keys = std::vector<std::string>;
    CHECK(keysOf(out) == Keys{"policies", "loans", "errors"});
    CHECK(keysOf(out["policies"][0]) == Keys{"name", "pools"});
    const auto& pool = out["policies"][0]["pools"][0];
    CHECK(keysOf(pool) == Keys{"name", "capacity", "reserve", "distributable", "unallocated", "level", "grants"});
    CHECK(keysOf(pool["grants"][0]) == Keys{"team", "namespace", "history", "forecast", "haircutPercent",
                                            "credibleForecast", "claim", "weight", "floor", "ceiling", "grant", "bound",
                                            "tokensPerMinute", "before", "sentence"});
    CHECK(keysOf(out["loans"][0]) == Keys{"namespace", "name", "team", "pool", "phase", "requested", "granted", "rule",
                                          "message", "largestApprovable", "earliestStart"});
    CHECK(keysOf(out["errors"][0]) == Keys{"file", "line", "message"});
    for (const char* absent : {"history", "floor", "ceiling", "tokensPerMinute", "before"}) {
        CHECK(pool["grants"][0][absent].is_null());
    }
    CHECK(pool["level"].is_null());
    CHECK(out["loans"][0]["earliestStart"].is_null());
    CHECK(out["loans"][0]["rule"] == "OverLoanLimit");
    CHECK(out["errors"][0]["line"] == 17);
}

TEST_CASE("text of teams has no effect in the comment: no tables, links, HTML, mentions") {
    const std::string hostile = "@org/all [x](https://evil.example) <img src=x> | cell | `code` www.evil.example #1";
    const std::string text =
        policyText() + quotaText("a", "700") + "---\n" + kGroup + "kind: BurstLoan\nmetadata: {name: '" + hostile +
        "', namespace: a}\n"
        "spec: {teamQuota: '" +
        hostile +
        "\\n\\n# heading', pool: chat, tokens: 1, start: "
        "\"2026-11-25T10:00:00Z\", end: \"2026-11-25T12:00:00Z\", reason: A reason that is long}\n";
    std::istringstream lines{plan(text, PlanFormat::Markdown).out};
    int found = 0;
    for (std::string row; std::getline(lines, row);) {
        CHECK(row.rfind("# heading", 0) != 0);
        for (auto at = row.find("@org/all"); at != std::string::npos; at = row.find("@org/all", at + 1)) {
            ++found;
            // Inside the code span, which begins with two backticks because the text has single ones.
            const auto opening = row.rfind("``", at);
            const auto closing = row.find("``", at);
            REQUIRE(opening != std::string::npos);
            CHECK(closing != std::string::npos);
        }
    }
    CHECK(found >= 3);
}

TEST_CASE("the comment fits a screen, whatever the number of teams") {
    std::string text = policyText();
    std::string base = policyText();
    for (int i = 0; i < 300; ++i) {
        const std::string team = "team-" + std::to_string(i);
        base += quotaText(team, "1");
        text += quotaText(team, std::to_string(i + 2)) + loanText(team, "900") + quotaText("x" + team, "bad");
    }
    const TemporaryDirectory folder;
    PlanOptions options;
    options.base = {folder.write("base.yaml", base)};
    const Answer answer = plan(text, PlanFormat::Markdown, options);
    CHECK(answer.out.size() < 30'000);
    CHECK_THAT(answer.out, Contains("and 290 more"));
}

TEST_CASE("--live compares with the cluster and overlays it") {
    const auto client = std::make_shared<FakeClient>();
    const auto answerWith = [&](const std::string& text) {
        kube::ObjectList list;
        for (auto& manifest : api::parseManifests(text, "-").manifests) list.items.push_back(manifest.object);
        client->onNextList(list);
    };
    answerWith(policyText());
    answerWith(quotaText("a", "300") + quotaText("b", "200"));
    answerWith(loanText("b", "900"));
    answerWith("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n");
    answerWith(quotaText("a", "300") + quotaText("b", "200"));
    std::istringstream in{quotaText("a", "500")};
    PlanOptions options;
    options.files = {"-"};
    options.at = kNow;
    options.live = true;
    const Answer answer =
        runPlan(options, PlanFormat::Json, {in, {}, [&] { return client; }, [] { return std::string{"elsewhere"}; }});
    CHECK(answer.exitCode == 0);  // the denied loan is not in the manifests, and they do not change it
    const json out = json::parse(answer.out);
    CHECK(out["loans"].empty());
    const json grants = out["policies"][0]["pools"][0]["grants"];
    REQUIRE(grants.size() == 2);
    CHECK(grants[0]["before"] == 300);
    CHECK(grants[0]["grant"] == 500);
    CHECK(grants[1]["before"] == grants[1]["grant"]);
}

TEST_CASE("--live puts manifests without a namespace into the context's, as kubectl apply does") {
    const auto client = std::make_shared<FakeClient>();
    PlanOptions options;
    options.files = {"-"};
    options.at = kNow;
    options.live = true;
    const auto namespaceOf = [&](const std::string& given) {
        std::istringstream in{
            "apiVersion: bursar.dev/v1alpha1\nkind: BurstLoan\nmetadata: {name: l}\nspec: {teamQuota: q, pool: chat, "
            "tokens: "
            "1, start: \"2026-12-01T08:00:00Z\", end: \"2026-12-01T20:00:00Z\", reason: Launch of the assistant}\n"};
        options.ns = given;
        const Answer answer =
            runPlan(options, PlanFormat::Json, {in, {}, [&] { return client; }, [] { return std::string{"mine"}; }});
        return json::parse(answer.out)["loans"][0]["namespace"].get<std::string>();
    };
    CHECK(namespaceOf("") == "mine");
    CHECK(namespaceOf("given") == "given");
}

TEST_CASE("without objects the plan says that there is nothing to plan") {
    CHECK_THAT(plan("").out, Contains("nothing to plan"));
}
