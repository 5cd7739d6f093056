// The C++ types and the CRDs have the same defaults and enumerations.
#include <catch2/catch.hpp>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/team_quota.hpp"
#include "tests/support/crd_schema.hpp"

using namespace bursar;
using namespace bursar::api;
using bursar::testing::crdSchema;
using nlohmann::json;

namespace {

YAML::Node policySpec() { return crdSchema("allocationpolicies")["properties"]["spec"]["properties"]; }

json minimalPolicy() {
    return {{"metadata", {{"name", "main"}}},
            {"spec",
             {{"period", "Month"},
              {"pools", {{{"name", "chat"}, {"models", {"*"}}, {"window", "Day"}, {"tokensPerWindow", 1}}}},
              {"gateways", {{{"name", "g"}, {"type", "EnvoyRateLimit"}, {"envoyRateLimit", json::object()}}}},
              {"usage", {{"type", "Prometheus"}, {"prometheus", {{"url", "http://p"}}}}}}}};
}

std::string defaultOf(const YAML::Node& property) { return property["default"].as<std::string>(); }

// Every value of an enumeration of the schema can be read.
void checkEnum(const YAML::Node& property, const json::json_pointer& place, json object = minimalPolicy()) {
    REQUIRE(property["enum"].size() > 0);
    for (const YAML::Node& value : property["enum"]) {
        object[place] = value.as<std::string>();
        const AllocationPolicy policy = parseAllocationPolicy(object);
        INFO(place.to_string() << " = " << value.as<std::string>());
        CHECK(policy.errors.empty());
    }
    object[place] = "Nonsense";
    CHECK_FALSE(parseAllocationPolicy(object).errors.empty());
}

}  // namespace

TEST_CASE("an absent field reads as the schema's default") {
    const AllocationPolicy policy = parseAllocationPolicy(minimalPolicy());
    REQUIRE(policy.errors.empty());
    const YAML::Node spec = policySpec();
    const YAML::Node pool = spec["pools"]["items"]["properties"];
    CHECK(std::to_string(policy.pools[0].burstPercent) == defaultOf(pool["burstPercent"]));
    CHECK(defaultOf(pool["unallocated"]) == "BurstPool");
    CHECK(policy.pools[0].unallocated == Unallocated::BurstPool);
    CHECK(policy.identityLabel == defaultOf(spec["teams"]["properties"]["identityLabel"]));
    const YAML::Node allocation = spec["allocation"]["properties"];
    CHECK(std::to_string(policy.historyPercent) == defaultOf(allocation["historyPercent"]));
    CHECK(std::to_string(policy.defaultWeight) == defaultOf(allocation["defaultWeight"]));
    const YAML::Node borrowing = spec["borrowing"]["properties"];
    CHECK(std::to_string(policy.borrowing.maxPercentOfPool) == defaultOf(borrowing["maxPercentOfPool"]));
    CHECK(std::to_string(policy.borrowing.maxPercentOfGrant) == defaultOf(borrowing["maxPercentOfGrant"]));
    CHECK(policy.borrowing.maxDuration == parseDuration(defaultOf(borrowing["maxDuration"])));
    CHECK(policy.borrowing.minNotice == parseDuration(defaultOf(borrowing["minNotice"])));
    CHECK(policy.borrowing.cooldown == parseDuration(defaultOf(borrowing["cooldown"])));
    CHECK(std::to_string(policy.borrowing.maxActivePerTeam) == defaultOf(borrowing["maxActivePerTeam"]));
    CHECK(std::to_string(policy.borrowing.minReasonLength) == defaultOf(borrowing["minReasonLength"]));
    CHECK(policy.borrowing.maxAdvance == parseDuration(defaultOf(borrowing["maxAdvance"])));
    CHECK(std::to_string(policy.borrowing.maxPromisedPerTeam) == defaultOf(borrowing["maxPromisedPerTeam"]));
    const YAML::Node discipline = spec["forecastDiscipline"]["properties"];
    CHECK(defaultOf(discipline["enforcement"]) == "Advisory");
    CHECK(policy.forecastDiscipline.enforcement == Enforcement::Advisory);
    CHECK(std::to_string(policy.forecastDiscipline.tolerancePercent) == defaultOf(discipline["tolerancePercent"]));
    CHECK(std::to_string(policy.forecastDiscipline.severityPercent) == defaultOf(discipline["severityPercent"]));
    CHECK(std::to_string(policy.forecastDiscipline.maxHaircutPercent) == defaultOf(discipline["maxHaircutPercent"]));
    CHECK(std::to_string(policy.forecastDiscipline.lookbackPeriods) == defaultOf(discipline["lookbackPeriods"]));
    const YAML::Node envoy = spec["gateways"]["items"]["properties"]["envoyRateLimit"]["properties"];
    CHECK(policy.gateways[0].envoyRateLimit.ns == defaultOf(envoy["namespace"]));
    CHECK(policy.gateways[0].envoyRateLimit.configMapPrefix == defaultOf(envoy["configMapPrefix"]));
    CHECK(policy.gateways[0].envoyRateLimit.domain == defaultOf(envoy["domain"]));
    const YAML::Node prometheus = spec["usage"]["properties"]["prometheus"]["properties"];
    CHECK(policy.prometheus.pollInterval == parseDuration(defaultOf(prometheus["pollInterval"])));
    CHECK(policy.prometheus.staleAfter == parseDuration(defaultOf(prometheus["staleAfter"])));
    CHECK(defaultOf(prometheus["preset"]) == "EnvoyRateLimit");
    CHECK(policy.prometheus.preset == UsagePreset::EnvoyRateLimit);
}

TEST_CASE("every value of the schema's enumerations can be read, and no other") {
    const YAML::Node spec = policySpec();
    checkEnum(spec["period"], "/spec/period"_json_pointer);
    checkEnum(spec["pools"]["items"]["properties"]["window"], "/spec/pools/0/window"_json_pointer);
    checkEnum(spec["pools"]["items"]["properties"]["unallocated"], "/spec/pools/0/unallocated"_json_pointer);
    json sponsored = minimalPolicy();
    sponsored["spec"]["charter"]["sponsor"] = "CTO";
    checkEnum(spec["forecastDiscipline"]["properties"]["enforcement"],
              "/spec/forecastDiscipline/enforcement"_json_pointer, sponsored);
    checkEnum(spec["gateways"]["items"]["properties"]["type"], "/spec/gateways/0/type"_json_pointer);
    checkEnum(spec["usage"]["properties"]["type"], "/spec/usage/type"_json_pointer);
    checkEnum(spec["usage"]["properties"]["prometheus"]["properties"]["preset"],
              "/spec/usage/prometheus/preset"_json_pointer);
}

TEST_CASE("the schema and the parser have the same bounds") {
    const YAML::Node spec = policySpec();
    const auto check = [](const YAML::Node& property, const json::json_pointer& place) {
        for (const auto& [bound, step] : {std::pair{"minimum", -1}, std::pair{"maximum", 1}}) {
            json object = minimalPolicy();
            object[place] = property[bound].as<int>();
            INFO(place.to_string() << " " << bound);
            CHECK(parseAllocationPolicy(object).errors.empty());
            object[place] = property[bound].as<int>() + step;
            CHECK_FALSE(parseAllocationPolicy(object).errors.empty());
        }
    };
    check(spec["pools"]["items"]["properties"]["burstPercent"], "/spec/pools/0/burstPercent"_json_pointer);
    check(spec["allocation"]["properties"]["historyPercent"], "/spec/allocation/historyPercent"_json_pointer);
    check(spec["allocation"]["properties"]["defaultWeight"], "/spec/allocation/defaultWeight"_json_pointer);
    for (const char* field : {"maxPercentOfPool", "maxPercentOfGrant", "maxActivePerTeam", "minReasonLength"}) {
        check(spec["borrowing"]["properties"][field], json::json_pointer{std::string{"/spec/borrowing/"} + field});
    }
    for (const char* field : {"tolerancePercent", "severityPercent", "maxHaircutPercent", "lookbackPeriods"}) {
        check(spec["forecastDiscipline"]["properties"][field],
              json::json_pointer{std::string{"/spec/forecastDiscipline/"} + field});
    }
}
