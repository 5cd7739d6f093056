#include "operator/cli/plan/plan_report.hpp"
#include "operator/cli/planning/decision_json.hpp"
#include "operator/cli/text/json_null.hpp"

namespace bursar::cli {
namespace {

using Json = nlohmann::ordered_json;

Json toJson(const PlanPool& pool) {
    Json out = {{"name", pool.name},      {"capacity", nullptr}, {"reserve", nullptr},     {"distributable", nullptr},
                {"unallocated", nullptr}, {"level", nullptr},    {"grants", Json::array()}};
    if (pool.decision) {
        out["capacity"] = pool.decision->capacity.value();
        out["reserve"] = pool.decision->reserve.value();
        out["distributable"] = pool.decision->distributable.value();
        out["unallocated"] = pool.decision->unallocated.value();
        out["level"] = orNull(pool.decision->level);
    }
    for (const PlanGrant& grant : pool.grants) out["grants"].push_back(toJson(grant));
    return out;
}

Json toJson(const PlanPolicy& policy) {
    Json out = {{"name", policy.name}, {"pools", Json::array()}};
    for (const PlanPool& pool : policy.pools) out["pools"].push_back(toJson(pool));
    return out;
}

}  // namespace

std::string renderJson(const Plan& plan) {
    Json out = {{"policies", Json::array()}, {"loans", Json::array()}, {"errors", Json::array()}};
    for (const PlanPolicy& policy : plan.policies) out["policies"].push_back(toJson(policy));
    for (const PlanLoan& loan : plan.loans) out["loans"].push_back(toJson(loan));
    for (const api::ManifestError& error : plan.errors) out["errors"].push_back(toJson(error));
    return dump(out);
}

}  // namespace bursar::cli
