#include "operator/cli/status/status_command.hpp"

#include <catch2/catch.hpp>

#include "operator/cli/status/status_report.hpp"
#include "operator/cli/status/top_command.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/golden.hpp"

using namespace bursar;
using namespace bursar::cli;
using bursar::testing::checkGolden;
using Catch::Matchers::Contains;
using kube::Json;

namespace {

const Instant kNow = *parseInstant("2026-11-25T10:54:50Z");

Json condition(const char* type, const char* status, const char* reason, const std::string& message) {
    return {{"type", type}, {"status", status}, {"reason", reason}, {"message", message}};
}

Json budget(const char* pool, std::int64_t granted, std::int64_t consumed, std::int64_t loaned = 0) {
    return {{"pool", pool},
            {"window", "Day"},
            {"baseline", granted - loaned},
            {"loaned", loaned},
            {"granted", granted},
            {"consumed", consumed},
            {"remaining", std::max<std::int64_t>(granted - consumed, 0)},
            {"usedPercent", consumed * 100 / granted},
            {"tokensPerMinute", 1000},
            {"windowStart", "2026-11-25T00:00:00Z"},
            {"windowEnd", "2026-11-26T00:00:00Z"}};
}

Json quota(const std::string& team, const Json& budgets, const char* cost = nullptr) {
    Json object = {{"metadata", {{"name", team}, {"namespace", team}}},
                   {"spec", {{"policy", "main"}, {"team", team}, {"costCenter", "CC-1"}}},
                   {"status",
                    {{"budgets", budgets},
                     {"rationale", {{{"pool", "chat"}, {"haircutPercent", 12}}}},
                     {"conditions", {condition("Ready", "True", "Granted", "granted")}}}}};
    if (cost != nullptr) {
        object["status"]["chargeback"] = {
            {"period", "2026-11"}, {"currency", "EUR"}, {"amount", cost}, {"forecastAmount", "99.00"}};
    }
    return object;
}

Json policy(const char* name = "main") {
    return {{"metadata", {{"name", name}}},
            {"status",
             {{"conditions",
               {condition("Ready", "True", "Granted", "4 teams have their grants"),
                condition("Stalled", "False", "Fine", "nothing stalls"),
                condition("UsageFresh", "False", "Stale", "the last scrape is 4 minutes old")}},
              {"pools",
               {{{"name", "chat"},
                 {"capacity", 1'000'000},
                 {"reserve", 150'000},
                 {"granted", 850'000},
                 {"lent", 25'000},
                 {"free", 125'000},
                 {"consumed", 610'000},
                 {"windowStart", "2026-11-25T00:00:00Z"},
                 {"windowEnd", "2026-11-26T00:00:00Z"}}}}}}};
}

// A budget at each threshold, a team with two pools, one that is refused, one without a decision yet.
StatusObjects objects() {
    StatusObjects all;
    all.policies = {policy()};
    all.quotas = {quota("calm", Json::array({budget("chat", 1000, 0)})),
                  quota("near", Json::array({budget("chat", 1000, 799)}), "7.90"),
                  quota("warm", Json::array({budget("chat", 100'000, 80'000, 25'000)}), "10.10"),
                  quota("over", Json::array({budget("chat", 275'000, 357'500), budget("embed", 200, 100)}), "9.99")};
    Json refused = quota("refused", Json::array());
    refused["status"]["conditions"] = {
        condition("Ready", "False", "UnknownPool", "spec.requests[0].pool: there is no \x1b[2Jpool \"chta\""),
        condition("Stalled", "True", "UnknownPool", "spec.requests[0].pool: there is no \x1b[2Jpool \"chta\"")};
    // Stale usage is shown for the policy, and not again for its teams.
    all.quotas[0]["status"]["conditions"].push_back(
        condition("UsageFresh", "False", "Stale", "the last scrape is old"));
    Json fresh = quota("fresh", Json::array());
    fresh.erase("status");
    all.quotas.push_back(refused);
    all.quotas.push_back(fresh);
    return all;
}

StatusView viewOf(const StatusObjects& objects, SortBy by = SortBy::Team) {
    StatusQuery query;
    query.sortBy = by;
    auto view = makeStatusView(objects, {}, query, kNow);
    REQUIRE(view);
    return *view;
}

std::vector<std::string> teamsOf(const StatusView& view) {
    std::vector<std::string> names;
    for (const TeamLine& team : view.teams) names.push_back(team.team);
    return names;
}

// Answers Forbidden if `forbidden` returns true.
class GuardedClient final : public kube::Client {
  public:
    std::function<bool(const kube::Resource&, const std::string& ns)> forbidden = [](auto&, auto&) { return false; };
    StatusObjects objects;

    Result<kube::ObjectList> list(const kube::Resource& resource, const kube::ListOptions& options) override {
        if (forbidden(resource, options.ns)) return makeError(ErrorCode::Forbidden, "nobody may");
        kube::ObjectList answer;
        if (resource.kind == "AllocationPolicy") answer.items = objects.policies;
        for (const Json& item : objects.quotas) {
            if (resource.kind != "TeamQuota" || (!options.ns.empty() && kube::keyOf(item).ns != options.ns)) continue;
            answer.items.push_back(item);
        }
        return answer;
    }
    Result<Json> get(const kube::Resource&, const kube::Key&) override { return none(); }
    Result<Json> create(const kube::Resource&, const Json&) override { return none(); }
    Result<Json> mergePatch(const kube::Resource&, const kube::Key&, const Json&, const std::string&) override {
        return none();
    }
    Result<Json> apply(const kube::Resource&, const Json&, const kube::ApplyOptions&) override { return none(); }
    Result<Json> replace(const kube::Resource&, const Json&, const std::string&) override { return none(); }
    Result<void> remove(const kube::Resource&, const kube::Key&, const std::string&, const std::string&) override {
        return none();
    }
    Result<void> watch(const kube::Resource&, const kube::WatchOptions&, std::stop_token,
                       const std::function<void(kube::WatchEvent)>&) override {
        return none();
    }

  private:
    static Error none() { return makeError(ErrorCode::Internal, "not asked for"); }
};

}  // namespace

TEST_CASE("the status as a table") {
    checkGolden("status/table.txt", renderTable(viewOf(objects()), {}));
    checkGolden("status/wide.txt", renderTable(viewOf(objects()), {Paint{}, true}));
}

TEST_CASE("the status as JSON, the stable form") {
    checkGolden("status/status.json", describe(viewOf(objects())).dump(2) + "\n");
}

TEST_CASE("colours mark 80 and 100 percent, and only if colours are on") {
    const StatusView view = viewOf(objects());
    const std::string coloured = renderTable(view, {Paint{true}, false});
    CHECK_THAT(coloured, Contains("\x1b[32m███████████░░░  79%\x1b[0m"));
    CHECK_THAT(coloured, Contains("\x1b[33m███████████░░░  80%\x1b[0m"));
    CHECK_THAT(coloured, Contains("\x1b[31m██████████████ 130%\x1b[0m"));
    CHECK_THAT(coloured, Contains("\x1b[31mFalse: UnknownPool\x1b[0m"));
    CHECK_THAT(renderTable(view, {}), !Contains("\x1b"));
}

TEST_CASE("teams in the requested order; a team's fullest pool determines its place") {
    CHECK(teamsOf(viewOf(objects())) == std::vector<std::string>{"calm", "fresh", "near", "over", "refused", "warm"});
    CHECK(teamsOf(viewOf(objects(), SortBy::Used)) ==
          std::vector<std::string>{"over", "warm", "near", "calm", "fresh", "refused"});
    CHECK(teamsOf(viewOf(objects(), SortBy::Granted)) ==
          std::vector<std::string>{"over", "warm", "calm", "near", "fresh", "refused"});
    CHECK(teamsOf(viewOf(objects(), SortBy::Cost)) ==
          std::vector<std::string>{"warm", "over", "near", "calm", "fresh", "refused"});
}

TEST_CASE("one policy; an unknown one is an error with the nearest name") {
    StatusObjects all = objects();
    all.policies.push_back(policy("other"));
    StatusQuery query;
    query.policy = "other";
    const auto other = makeStatusView(all, {}, query, kNow);
    REQUIRE(other);
    CHECK(other->policies.size() == 1);
    CHECK(other->teams.empty());
    CHECK_THAT(renderTable(*other, {}), Contains("no TeamQuota names it"));
    query.policy = "mian";
    const auto unknown = makeStatusView(all, {}, query, kNow);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().message == "there is no AllocationPolicy \"mian\"; did you mean \"main\"?");
}

TEST_CASE("a status of a past window gets a note") {
    StatusQuery query;
    const auto after = [&](const char* now) { return makeStatusView(objects(), {}, query, *parseInstant(now))->notes; };
    CHECK(after("2026-11-26T00:00:59Z").empty());
    REQUIRE(after("2026-11-26T00:01:00Z").size() == 1);
    CHECK_THAT(after("2026-11-26T00:01:00Z")[0], Contains("5 of the budgets") && Contains("2026-11-26T00:00:00Z"));
}

TEST_CASE("with a team's rights its own namespace is shown, with notes on what is missing") {
    GuardedClient client;
    client.objects = objects();
    client.forbidden = [](const kube::Resource& resource, const std::string& ns) {
        return resource.kind != "TeamQuota" || ns != "over";
    };
    StatusOptions options;
    options.query.ownNamespace = "over";
    const Answer answer = runStatus(client, options, kNow);
    CHECK(answer.exitCode == 0);
    CHECK_THAT(answer.out, Contains("Policy main: 1 team\n") && Contains("over") && !Contains("warm"));
    CHECK_THAT(answer.err,
               Contains("you may not list AllocationPolicies") && Contains("only those of \"over\" are shown"));

    options.query.allNamespaces = true;
    CHECK(runStatus(client, options, kNow).exitCode == 1);
    options.query = {};
    options.query.ns = "warm";
    const Answer refused = runStatus(client, options, kNow);
    CHECK(refused.exitCode == 1);
    CHECK(refused.err == "bursar status: nobody may\n");
}

TEST_CASE("an empty cluster, and one without Bursar") {
    GuardedClient client;
    CHECK(runStatus(client, {}, kNow).err == "there is no AllocationPolicy and no TeamQuota\n");
    CHECK(runStatus(client, {}, kNow).exitCode == 0);
    testing::FakeClient bare;
    bare.onNextList(makeError(ErrorCode::NotFound, "the server could not find the requested resource"));
    const Answer answer = runStatus(bare, {}, kNow);
    CHECK(answer.exitCode == 1);
    CHECK_THAT(answer.err, Contains("apply crds/ first"));
}

TEST_CASE("how long a window still lasts") {
    const auto left = [](const char* end) { return timeUntil(*parseInstant(end), kNow); };
    CHECK(left("2026-11-28T12:00:00Z") == "3d1h");
    CHECK(left("2026-11-26T00:00:00Z") == "13h5m");
    CHECK(left("2026-11-25T10:59:00Z") == "4m10s");
    CHECK(left("2026-11-25T10:54:51Z") == "1s");
    CHECK(left("2026-11-25T10:54:50Z") == "ended");
}

TEST_CASE("a frame is as large as the screen, and scrolls within the table") {
    const std::string table = "one\ntwo\nthree is long\nfour\n";
    CHECK(frameOf("top", table, 0, {80, 24}).lines ==
          std::vector<std::string>{"top", "one", "two", "three is long", "four"});
    const Frame small = frameOf("top", table, 99, {5, 3});
    CHECK(small.first == 2);
    CHECK(small.lines == std::vector<std::string>{"top", "three", "four"});
    CHECK(frameOf("top", table, 1, {80, 1}).lines == std::vector<std::string>{"top", "two"});
    CHECK(frameOf("top", "", 3, {80, 24}).first == 0);
}

TEST_CASE("keys of a terminal") {
    CHECK(keysOf("q") == std::vector<Key>{Key::Quit});
    CHECK(keysOf("\x1b[A\x1b[Bj\x1b[6~") == std::vector<Key>{Key::Up, Key::Down, Key::Down, Key::PageDown});
    CHECK(keysOf("sx") == std::vector<Key>{Key::Sort, Key::Other});
    CHECK(keysOf("").empty());
}

TEST_CASE("NO_COLOR or a pipe: no colours, unless forced") {
    // The tests' standard output is not a terminal, or NO_COLOR applies.
    ::setenv("NO_COLOR", "1", 1);
    CHECK(paintFor(ColorMode::Auto).red("x") == "x");
    CHECK(paintFor(ColorMode::Never).red("x") == "x");
    CHECK(paintFor(ColorMode::Always).red("x") == "\x1b[31mx\x1b[0m");
    ::unsetenv("NO_COLOR");
}
