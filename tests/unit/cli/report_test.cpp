#include "operator/cli/review/report_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "controllers/treasury/decide.hpp"
#include "operator/cli/review/review.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/markup.hpp"
#include "tests/support/statements.hpp"
#include "tests/unit/cli/manifest_texts.hpp"

using namespace bursar;
using namespace bursar::cli;
using namespace bursar::testing;
using Catch::Matchers::Contains;

namespace {

using nlohmann::json;

constexpr const char* kNow = "2026-11-24T10:00:00Z";
const std::filesystem::path kExample = std::filesystem::path{BURSAR_DOCS} / "examples" / "review";

Answer run(ReportOptions options, const std::string& text = {}) {
    std::istringstream in{text};
    return runReport(options, {in, {}, [] { return makeError(ErrorCode::Unavailable, "no cluster"); }});
}

// Reviews the manifests in `text`, given on standard input.
Answer report(const std::string& text, ReportFormat format = ReportFormat::Json, ReportOptions options = {}) {
    options.inputs.files = {"-"};
    options.inputs.at = kNow;
    options.format = format;
    return run(std::move(options), text);
}

json reportJson(const std::string& text, ReportOptions options = {}) {
    return json::parse(report(text, ReportFormat::Json, std::move(options)).out);
}

// The review of docs/examples/review.
ReportOptions example(ReportFormat format) {
    ReportOptions options;
    options.inputs.files = {"policy.yaml", "teams"};
    options.inputs.history = "history.csv";
    options.inputs.at = "2026-10-05T09:00:00Z";
    options.statements = {"statement-2026Q2.json", "statement-2026Q3.json"};
    options.format = format;
    return options;
}

std::string exampleOf(ReportFormat format) {
    const WorkingDirectory folder{kExample};
    const Answer answer = run(example(format));
    CHECK(answer.err.empty());
    CHECK(answer.exitCode == 0);
    return answer.out;
}

// A policy with `count` teams; historyOf() has two quarters in which every fifth team forecast far too much.
std::string manyTeams(int count) {
    std::string text = policyText();
    for (int i = 0; i < count; ++i) text += quotaText(fmt::format("team-{:03}", i), std::to_string(100 + i % 7));
    return text;
}

std::string historyOf(int count) {
    std::string text = "team,pool,period,forecast,actual,throttledPercent\n";
    for (int i = 0; i < count; ++i) {
        for (const char* period : {"2026Q2", "2026Q3"}) {
            text += fmt::format("team-{:03},chat,{},{},{},0\n", i, period, 100, i % 5 == 0 ? 30 : 95);
        }
    }
    return text;
}

std::vector<std::string> grantsOf(const std::vector<Element>& elements) {
    std::vector<std::string> grants;
    for (const Element& element : elements) {
        const auto name = element.attributes.find("class");
        if (element.name != "data" || name == element.attributes.end() || name->second != "grant") continue;
        grants.push_back(element.attributes.at("value"));
        std::string digits = element.text;
        std::erase(digits, ',');
        CHECK(digits == grants.back());
    }
    return grants;
}

}  // namespace

TEST_CASE("the example's review as JSON, as a memo and as a page") {
    checkGolden("review/expected.json", exampleOf(ReportFormat::Json));
    checkGolden("review/expected.md", exampleOf(ReportFormat::Markdown));
    const std::string page = exampleOf(ReportFormat::Html);
    checkGolden("review/expected.html", page);
    CHECK(readMarkup(page).size() > 500);
}

TEST_CASE("the page's grants are those of decide() on the same World, largest first") {
    const WorkingDirectory folder{kExample};
    std::istringstream in;
    const ReportOptions options = example(ReportFormat::Html);
    const auto inputs = readPlanInputs(options.inputs, {in, {}, {}});
    REQUIRE(inputs);
    std::map<std::string, std::vector<std::int64_t>> byPool;
    for (const treasury::QuotaDecision& quota : inputs->decisions.quotas) {
        for (const treasury::Budget& budget : quota.budgets) byPool[budget.pool].push_back(budget.baseline.value());
    }
    std::vector<std::string> expected;
    for (auto& [pool, grants] : byPool) {
        std::sort(grants.rbegin(), grants.rend());
        for (const std::int64_t grant : grants) expected.push_back(std::to_string(grant));
    }
    CHECK(grantsOf(readMarkup(run(options).out)) == expected);
}

TEST_CASE("the effect of haircuts is the difference of decide() with and without them") {
    const std::string history = historyOf(10);
    const TemporaryDirectory folder;
    ReportOptions options;
    options.inputs.history = folder.write("history.csv", history);
    const std::string advisory = manyTeams(10);
    const std::string enforced =
        policyText("  charter: {sponsor: CTO}\n  forecastDiscipline: {enforcement: Enforced}\n") +
        advisory.substr(policyText().size());
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> shown;
    const json without = reportJson(advisory, options);
    for (const json& grant : without["pools"][0]["grants"]) {
        shown[grant["team"]] = {grant["grant"], grant["grantOtherwise"]};
    }
    int moved = 0;
    const json with = reportJson(enforced, options);
    for (const json& grant : with["pools"][0]["grants"]) {
        const std::pair<std::int64_t, std::int64_t> other{grant["grantOtherwise"], grant["grant"]};
        CHECK(shown.at(grant["team"]) == other);
        moved += other.first != other.second ? 1 : 0;
    }
    CHECK(moved > 0);
    const std::string off = policyText("  forecastDiscipline: {enforcement: \"Off\"}\n") + quotaText("a", "10");
    CHECK(reportJson(off)["pools"][0]["grants"][0]["grantOtherwise"].is_null());
    CHECK_THAT(report(off, ReportFormat::Html).out, Contains("nobody’s forecast is held against what was used"));
}

TEST_CASE("with a base grants are compared, and teams that leave are listed") {
    const TemporaryDirectory folder;
    ReportOptions options;
    options.inputs.base = {folder.write("base.yaml", policyText() + quotaText("a", "300") + quotaText("b", "200"))};
    const std::string text = policyText() + quotaText("a", "350") + quotaText("c", "10");
    const json review = reportJson(text, options);
    CHECK(review["before"] == "the manifests compared with");
    CHECK(review["pools"][0]["grants"][0]["before"] == 300);
    CHECK(review["pools"][0]["grants"][1]["before"].is_null());
    CHECK(review["pools"][0]["grants"][2]["team"] == "b");
    CHECK(review["pools"][0]["grants"][2]["grant"].is_null());
    const std::string page = report(text, ReportFormat::Html, options).out;
    CHECK_THAT(page, Contains("Leaves the pool: it had 200 a day."));
    CHECK_THAT(page, Contains("+50"));
    CHECK_THAT(report(text, ReportFormat::Markdown, options).out, Contains("| +50 |"));
}

TEST_CASE("two hundred teams fit a page that a browser opens, folded up; a dozen are unfolded") {
    const TemporaryDirectory folder;
    ReportOptions options;
    options.inputs.history = folder.write("history.csv", historyOf(200));
    const std::string page = report(manyTeams(200), ReportFormat::Html, options).out;
    CHECK(page.size() < 3'000'000);
    CHECK(grantsOf(readMarkup(page)).size() == 200);
    CHECK_THAT(page, !Contains("<details open"));
    CHECK_THAT(page, Contains("The 30 that moved most, of 200."));
    CHECK_THAT(report(manyTeams(12), ReportFormat::Html).out, Contains("<details open"));
    const std::string many = report(manyTeams(401), ReportFormat::Html).out;
    CHECK(grantsOf(readMarkup(many)).size() == 401);
    CHECK_THAT(many, Contains("And 1 more, which <code>bursar explain</code> shows."));
}

TEST_CASE("untrusted text has no effect in the page or the memo") {
    std::set<std::size_t> sizes;
    for (const std::string& hostile :
         {std::string{"harmless"}, std::string{"<script>alert(1)</script>"},
          std::string{"\"><img src=x onerror=alert(1)>"}, std::string{"</style></title><h1>no"},
          std::string{"a|b `c` [d](javascript:alert(1)) @org/all"}, std::string{"\x1B[2Jred\u202Egnp"}}) {
        std::istringstream none;
        auto manifests = api::parseManifests(policyText() + quotaText("a", "300"), "-");
        const ManifestWorld world = readManifestWorld(manifests.manifests, {*parseInstant(kNow), ""}, nullptr);
        treasury::World named = world.world;
        auto policy = std::make_shared<api::AllocationPolicy>(*named.policies[0]);
        policy->pools[0].name = policy->meta.name = hostile;
        policy->weights.push_back({hostile, hostile, 100, {}, {}});
        policy->borrowing.minReasonLength = 0;  // one answer to every loan, so that every page has the same parts
        auto quota = std::make_shared<api::TeamQuota>(*named.quotas[0]);
        quota->policy = quota->costCenter = quota->requests[0].pool = hostile;
        auto loan = std::make_shared<api::BurstLoan>();
        loan->meta.ns = "a";
        loan->meta.name = loan->reason = loan->pool = hostile;
        loan->teamQuota = quota->meta.name;
        loan->end = *parseInstant(kNow) + std::chrono::hours{1};
        loan->tokens = api::Tokens{5};
        named.policies = {policy};
        named.quotas = {quota};
        named.loans = {loan};
        const treasury::Decisions decisions = treasury::decide(named, *parseInstant(kNow));
        REQUIRE(decisions.quotas[0].budgets.size() == 1);
        ReviewInputs inputs{{named, decisions}, nullptr, *parseInstant(kNow), hostile, {}, {}, {}, {}, {hostile}};
        inputs.words.charter = {hostile, "javascript:" + hostile, hostile};
        inputs.words.justifications[{quota->meta.ns, quota->meta.name, hostile}] = hostile;
        inputs.cost = StatementReport{hostileStatement(hostile), {}, {}};
        const Review review = makeReview(std::move(inputs));
        const std::string page = renderHtml(review);
        sizes.insert(readMarkup(page).size());
        CHECK_THAT(page, !Contains("<script") && !Contains("<img") && !Contains("<a ") && !Contains("\x1B") &&
                             !Contains("\u202E"));
        const std::string memo = renderMarkdown(review);
        CHECK_THAT(memo, !Contains("\x1B") && !Contains("\u202E"));
        CHECK(json::parse(renderJson(review))["policy"] == hostile);
    }
    CHECK(sizes.size() == 1);
}

TEST_CASE("a charter's document is a link only for web addresses") {
    const auto withDocument = [](const std::string& url) {
        return report(policyText("  charter: {document: \"" + url + "\"}\n") + quotaText("a", "10"), ReportFormat::Html)
            .out;
    };
    CHECK_THAT(withDocument("https://wiki.example.com/charter"),
               Contains("<a href=\"https://wiki.example.com/charter\" rel=\"noopener noreferrer\">"));
    CHECK_THAT(withDocument("javascript:alert(1)"), !Contains("<a "));
}

TEST_CASE("which policy is reviewed: the only one, or the one that is named") {
    const std::string one = policyText() + quotaText("a", "10");
    std::string other = policyText();
    other.replace(other.find("name: main"), 10, "name: rest");
    CHECK(report(one).exitCode == 0);
    CHECK(report(one + other).err ==
          "bursar report: there are several AllocationPolicies: main, rest; name one with --policy\n");
    CHECK(report(one + other).exitCode == 1);
    ReportOptions options;
    options.policy = "rest";
    CHECK(reportJson(one + other, options)["policy"] == "rest");
    options.policy = "mian";
    CHECK(report(one, ReportFormat::Json, options).err ==
          "bursar report: there is no AllocationPolicy \"mian\"; did you mean \"main\"?; there is: main\n");
    CHECK(report(one, ReportFormat::Json, options).exitCode == 1);
    CHECK(report(quotaText("a", "10")).exitCode == 1);
    const Answer broken = report(policyText("  allocation: {historyPercent: 101}\n"));
    CHECK(broken.exitCode == 2);
    CHECK_THAT(broken.err, Contains("AllocationPolicy \"main\" decides nothing until it is fixed: "));
}

TEST_CASE("an invalid manifest is reported on standard error and in the review") {
    const Answer answer = report(policyText() + quotaText("a", "10") + quotaText("b", "x"), ReportFormat::Html);
    CHECK(answer.exitCode == 2);
    CHECK_THAT(answer.err, Contains("bursar report: the inputs have 1 errors, first: "));
    CHECK_THAT(answer.out, Contains("Before you read on") && Contains("TeamQuota b/quota"));
}

TEST_CASE("the cost is that of the period asked for, or of the last statement given") {
    const WorkingDirectory folder{kExample};
    ReportOptions options = example(ReportFormat::Json);
    CHECK(json::parse(run(options).out)["cost"]["period"] == "2026Q3");
    options.period = "2026Q2";
    CHECK(json::parse(run(options).out)["cost"]["period"] == "2026Q2");
    options.period = "2026Q1";
    CHECK(run(options).err == "bursar report: --period: no --statement of 2026Q1 was given\n");
    CHECK(run(options).exitCode == 1);
    options.period.clear();
    options.statements.clear();
    CHECK(json::parse(run(options).out)["cost"].is_null());
    options.statements = {"there-is-none.json"};
    CHECK(run(options).exitCode == 1);
    options.statements = {"policy.yaml"};
    CHECK(run(options).exitCode == 2);
}

TEST_CASE("a statement of another policy is refused") {
    const WorkingDirectory folder{kExample};
    ReportOptions options;
    options.statements = {"statement-2026Q3.json"};
    std::string other = policyText() + quotaText("a", "10");
    other.replace(other.find("name: main"), 10, "name: rest");
    const Answer answer = report(other, ReportFormat::Json, options);
    CHECK(answer.exitCode == 2);
    CHECK_THAT(answer.err, Contains("is a statement of AllocationPolicy \"main\", but the review is of \"rest\""));
}
