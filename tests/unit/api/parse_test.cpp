#include <catch2/catch.hpp>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/burst_loan.hpp"
#include "controllers/api/team_quota.hpp"

using namespace bursar::api;
using nlohmann::json;

TEST_CASE("a wrong amount of a TeamQuota is an error of its field, and its other requests count") {
    const TeamQuota quota = parseTeamQuota(json::parse(R"({
        "metadata": {"name": "search", "namespace": "search", "creationTimestamp": "2026-11-01T00:00:00Z"},
        "spec": {"policy": "main", "team": "search", "requests": [
            {"pool": "chat", "forecast": "lots"}, {"pool": "embed", "forecast": "2M"}]}})"));
    REQUIRE(quota.errors.size() == 1);
    CHECK(quota.errors[0].field == "spec.requests[0].forecast");
    CHECK_FALSE(quota.requests[0].usable);
    CHECK(quota.requests[1].usable);
    CHECK(quota.requests[1].forecast == Tokens{2'000'000});
}

TEST_CASE("a policy's errors are all found, each with its field") {
    const AllocationPolicy policy = parseAllocationPolicy(json::parse(R"({
        "metadata": {"name": "main"},
        "spec": {"pools": [{"name": "a", "tokensPerWindow": 5, "window": "Week"}, {"name": "a", "tokensPerWindow": 5}],
                 "allocation": {"weights": [{"team": "x", "floor": "2M", "ceiling": "1M"}]},
                 "forecastDiscipline": {"enforcement": "Enforced"}}})"));
    std::vector<std::string> fields;
    for (const FieldError& error : policy.errors) fields.push_back(error.field);
    CHECK(fields == std::vector<std::string>{"spec.pools[0].window", "spec.pools", "spec.allocation.weights[0].floor",
                                             "spec.forecastDiscipline.enforcement"});
}

TEST_CASE("wrong types anywhere are errors, never exceptions") {
    for (const char* text : {"[]", "3", "null", R"({"spec": 3})", R"({"spec": {"requests": {"a": 1}, "team": 5}})",
                             R"({"spec": {"requests": [1, null, "x"]}, "metadata": []})"}) {
        INFO(text);
        CHECK_FALSE(parseTeamQuota(json::parse(text)).errors.empty());
        CHECK_FALSE(parseAllocationPolicy(json::parse(text)).errors.empty());
    }
}

TEST_CASE("label selectors match as the API server does") {
    const std::string labelled = R"("matchLabels": {"llm": "yes"})";
    const std::string in = R"("matchExpressions": [{"key": "tier", "operator": "In", "values": ["gold", "tin"]}])";
    const std::string notIn = R"("matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["gold"]}])";
    const std::string exists = R"("matchExpressions": [{"key": "off", "operator": "Exists"}])";
    const std::string absent = R"("matchExpressions": [{"key": "off", "operator": "DoesNotExist"}])";
    struct Case {
        std::string selector;
        Labels labels;
        bool matches;
    };
    const Case cases[] = {
        {"", {}, true},
        {labelled, {{"llm", "yes"}, {"tier", "tin"}}, true},
        {labelled, {{"llm", "no"}}, false},
        {labelled, {}, false},
        {in, {{"tier", "tin"}}, true},
        {in, {{"tier", "lead"}}, false},
        {in, {}, false},
        {notIn, {{"tier", "tin"}}, true},
        {notIn, {{"tier", "gold"}}, false},
        {notIn, {}, true},
        {exists, {{"off", ""}}, true},
        {exists, {}, false},
        {absent, {}, true},
        {absent, {{"off", ""}}, false},
        {labelled + ", " + absent, {{"llm", "yes"}}, true},
        {labelled + ", " + absent, {{"llm", "yes"}, {"off", "1"}}, false},
        {labelled + ", " + absent, {{"llm", "no"}}, false},
    };
    for (const Case& each : cases) {
        CAPTURE(each.selector, each.labels);
        std::vector<FieldError> errors;
        const json text = json::parse("{" + each.selector + "}");
        const LabelSelector selector = readLabelSelector(FieldReader{text, "s", errors});
        CHECK(errors.empty());
        CHECK(selector.matches(each.labels) == each.matches);
    }
}

TEST_CASE("a label selector's unknown operator is an error of its field") {
    std::vector<FieldError> errors;
    const json text =
        json::parse(R"({"matchExpressions": [{"key": "tier", "operator": "Equals", "values": ["gold"]}]})");
    readLabelSelector(FieldReader{text, "s", errors});
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].field == "s.matchExpressions[0].operator");
}

TEST_CASE("a loan needs an end, but no start") {
    const BurstLoan loan = parseBurstLoan(
        json::parse(R"({"spec": {"teamQuota": "q", "pool": "chat", "tokens": 1, "end": "2026-12-02T00:00:00Z"}})"));
    CHECK(loan.errors.empty());
    CHECK(!loan.start);
    const BurstLoan endless = parseBurstLoan(json::parse(R"({"spec": {"teamQuota": "q", "pool": "c", "tokens": 1}})"));
    REQUIRE(endless.errors.size() == 1);
    CHECK(endless.errors[0].field == "spec.end");
}

TEST_CASE("a loan's status says since when its policy is missing") {
    const auto missingSince = [](const char* type, const char* reason) {
        json loan = json::parse(R"({"status": {"phase": "Active", "conditions": [
            {"type": "Active", "reason": "Active", "lastTransitionTime": "2026-11-24T10:00:00Z"},
            {"lastTransitionTime": "2026-11-24T12:00:00Z"}]}})");
        loan["status"]["conditions"][1]["type"] = type;
        loan["status"]["conditions"][1]["reason"] = reason;
        return parseBurstLoan(loan).record->policyMissingSince;
    };
    CHECK(missingSince("Ready", "PolicyNotFound") == bursar::parseInstant("2026-11-24T12:00:00Z"));
    CHECK(!missingSince("Ready", "QuotaNotFound"));
    CHECK(!missingSince("Stalled", "PolicyNotFound"));
}
