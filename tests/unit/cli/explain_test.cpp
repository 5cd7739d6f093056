#include "operator/cli/explain/explain_command.hpp"

#include <catch2/catch.hpp>

#include <sstream>

#include "operator/cli/plan/plan_command.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/cli/manifest_texts.hpp"

using namespace bursar;
using namespace bursar::cli;
using namespace bursar::testing;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kNow = "2026-11-24T10:00:00Z";

Answer explain(const std::string& text, std::vector<std::string> name, ExplainOptions options = {}) {
    std::istringstream in{text};
    options.inputs.files = {"-"};
    options.inputs.at = kNow;
    options.name = std::move(name);
    return runExplain(options, {in, {}, {}});
}

// Explains from the manifests of a golden plan.
Answer explainGolden(const char* folder, const std::string& team, bool history) {
    const WorkingDirectory there{std::filesystem::path{BURSAR_GOLDEN} / "plan" / folder};
    std::istringstream in;
    ExplainOptions options;
    options.inputs.files = {"change"};
    options.inputs.recursive = true;
    options.inputs.at = kNow;
    if (history) options.inputs.history = "history.csv";
    options.name = {team};
    return runExplain(options, {in, {}, {}});
}

}  // namespace

TEST_CASE("golden: the whole derivation, with every term") {
    for (const char* team : {"research", "storefront", "insights"}) {
        const Answer answer = explainGolden("quarter", team, true);
        CHECK(answer.exitCode == 0);
        checkGolden(std::string{"plan/quarter/explain-"} + team + ".txt", answer.out);
    }
    checkGolden("plan/overcommitted/explain-ads.txt", explainGolden("overcommitted", "ads", false).out);
}

TEST_CASE("the derived rate and grant are those of decide()") {
    const std::string text =
        "---\n" + kGroup +
        "kind: AllocationPolicy\nmetadata: {name: main}\nspec:\n  period: Month\n  pools: [{name: chat, models: [gpt], "
        "window: Day, tokensPerWindow: 1000, tokensPerMinute: 977, burstPercent: 20}]\n" +
        quotaText("a", "700") + quotaText("b", "601") + quotaText("c", "50");
    std::istringstream in{text};
    PlanOptions options;
    options.files = {"-"};
    options.at = kNow;
    const auto plan = nlohmann::json::parse(runPlan(options, PlanFormat::Json, {in, {}, {}}).out);
    for (const auto& grant : plan["policies"][0]["pools"][0]["grants"]) {
        const Answer answer = explain(text, {grant["team"].get<std::string>()});
        CHECK_THAT(answer.out, Contains("rate = " + std::to_string(grant["tokensPerMinute"].get<int>()) + " a minute"));
        CHECK_THAT(answer.out, Contains("g = " + std::to_string(grant["grant"].get<int>()) + ", set by"));
        CHECK_THAT(answer.out, !Contains("active loans add"));
    }
}

TEST_CASE("a team is found by its name or by its TeamQuota's") {
    const std::string text = policyText() + quotaText("search", "400") + quotaText("ads", "300");
    CHECK_THAT(explain(text, {"search"}).out, Contains("Team search in pool chat"));
    CHECK_THAT(explain(text, {"team", "ads"}).out, Contains("Team ads in pool chat"));
    CHECK_THAT(explain(text, {"tq", "quota"}).out, Contains("Team ads") && Contains("Team search"));
    ExplainOptions options;
    options.ns = "ads";
    CHECK_THAT(explain(text, {"tq/quota"}, options).out, Contains("Team ads") && !Contains("Team search"));
    CHECK(explain(text, {"team", "quota"}).exitCode == 1);
    CHECK_THAT(explain(text, {"pod", "x"}).err, Contains("\"pod\" cannot be explained"));
}

TEST_CASE("an unknown team is an error that lists the known ones") {
    const std::string text = policyText() + quotaText("search", "400") + quotaText("ads", "300");
    const Answer answer = explain(text, {"serach"});
    CHECK(answer.exitCode == 1);
    CHECK(answer.err ==
          "bursar explain: there is no team \"serach\"; did you mean \"search\"? there are: ads, search\n");
    CHECK(explain(text, {"unlike-any"}).err ==
          "bursar explain: there is no team \"unlike-any\"; there are: ads, search\n");
    CHECK_THAT(explain(policyText(), {"search"}).err, Contains("there are no TeamQuotas"));
    ExplainOptions options;
    options.pool = "embed";
    CHECK_THAT(explain(text, {"search"}, options).err, Contains("the team has no budget in pool \"embed\""));
}

TEST_CASE("errors in manifests are reported beside the answer") {
    const Answer answer = explain(policyText() + quotaText("search", "400") + quotaText("ads", "x"), {"search"});
    CHECK(answer.exitCode == 2);
    CHECK_THAT(answer.out, Contains("g = 400, set by Claim"));
    CHECK_THAT(answer.err, Contains("the inputs have 1 errors, first: -:17:57: "));
    const Answer broken = explain(policyText() + quotaText("ads", "5", "talk"), {"ads"});
    CHECK(broken.exitCode == 2);
    CHECK_THAT(broken.err, Contains("TeamQuota ads/quota: spec.requests[0].pool: "));
}

TEST_CASE("an explanation as JSON") {
    ExplainOptions options;
    options.json = true;
    const auto out = nlohmann::json::parse(explain(policyText() + quotaText("search", "400"), {"search"}, options).out);
    REQUIRE(out["budgets"].size() == 1);
    CHECK(out["budgets"][0]["pool"] == "chat");
    CHECK(out["budgets"][0]["grant"] == 400);
    CHECK(out["budgets"][0]["consumed"].is_null());
    CHECK(out["budgets"][0]["periods"].empty());
}
