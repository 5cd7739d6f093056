// libFuzzer target for the way of a neighbour's answer to a status. The input is the text of a webhook, the API server,
// PostgreSQL or Prometheus, and the labels of Prometheus' series. The status that repeats it is JSON in UTF-8, is the
// same after reading it back, and keeps to the CRD, so that the API server accepts it.
#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/schema/resource_schemas.hpp"
#include "controllers/ledger/postgres_session.hpp"
#include "controllers/reconcile/conditions/conditions.hpp"
#include "controllers/reconcile/status/status_render.hpp"
#include "controllers/treasury/decide.hpp"
#include "controllers/usage/prometheus.hpp"
#include "operator/runtime/base/json_text.hpp"
#include "operator/runtime/base/utf8.hpp"
#include "operator/runtime/http/http.hpp"
#include "operator/runtime/kube/api_answer.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using bursar::testing::require;
using nlohmann::json;

namespace {

const Instant kNow = *parseInstant("2026-11-24T13:30:00Z");
constexpr std::size_t kMostMessage = 32'768;

// The bytes as a label's value within an answer that is otherwise well formed.
std::string seriesOf(std::string_view bytes) {
    std::string label;
    for (const char c : bytes) {
        if (c == '"' || c == '\\') label += '\\';
        label += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"bursar_gateway_tokens_total",)"
           R"("job":"ratelimit","instance":")" +
           label + R"(","team":")" + label + R"(","pool":"chat","model":")" + label +
           R"("},"values":[[1700000000,"1"]]}]}})";
}

treasury::World worldOf() {
    treasury::World world;
    auto policy = bursar::testing::makePolicy().pool("chat", 1'000'000);
    policy.raw().usageType = api::UsageType::Prometheus;
    world.policies = {policy};
    world.quotas = {bursar::testing::makeQuota("search").forecast("chat", 500'000)};
    return world;
}

void requireUtf8(const json& value) {
    const json flat = value.flatten();  // a name: in the loop's own line it would be gone at once
    for (const auto& [path, leaf] : flat.items()) {
        require(isUtf8(path));
        if (leaf.is_string()) require(isUtf8(leaf.get_ref<const std::string&>()));
    }
}

const api::Schema& statusSchemaOf(std::string_view kind) {
    for (const api::ResourceSchema& resource : *api::resourceSchemas()) {
        if (resource.kind == kind) return *resource.schema.fieldType("status");
    }
    std::abort();
}

void requireWritable(std::string_view kind, const json& status) {
    requireUtf8(status);
    const auto read = parseJson(jsonText(status));
    require(read && *read == status);
    for (const json& condition : status["conditions"]) {
        require(condition["message"].get_ref<const std::string&>().size() <= kMostMessage);
    }
    json normalized = status;
    std::vector<api::FieldError> errors;
    api::normalize(statusSchemaOf(kind), normalized, errors);
    api::validate(statusSchemaOf(kind), normalized, errors);
    require(errors.empty());
}

// A policy's usage after this answer of Prometheus.
usage::PolicyUsage usageOf(const Result<usage::UsageBatch>& batch) {
    usage::PolicyUsage usage;
    if (!batch) {
        usage.problem = batch.error().message;
        return usage;
    }
    for (const usage::CounterSeries& series : batch->series) {
        require(isUtf8(series.team) && isUtf8(series.model) && isUtf8(series.target));
        usage.doubt = usage::Doubt{api::reason::kCounterWentBack, "a counter of " + series.target + " went back"};
    }
    return usage;
}

void renderAll(const std::string& text, const usage::PolicyUsage& usage) {
    static const treasury::Decisions decisions = treasury::decide(worldOf(), kNow);
    gateways::GatewayStates enforcement;
    enforcement.gateways.push_back(
        {api::Gateway{"envoy", api::GatewayType::EnvoyRateLimit, {}}, {5, "in flight", "Closed"}, {}, kNow, true});
    enforcement.gateways[0].report.error = kube::errorOfAnswer(502, text, 0);
    reconcile::PolicyRecord record;
    record.problem = ledger::errorOf("XX000", text).message;
    reconcile::PolicyStatements statements;
    statements.known = true;
    statements.closed = {{"2026-10", "aa", kNow, "EUR", 5}};
    const std::string refusal = http::refusalOf("https://finance.example/hook", 403, text).message;
    const reconcile::Money money{nullptr, &statements, {{"aa", {false, kNow, refusal}}}, true};
    const std::vector<reconcile::StaleResource> stale = {
        {"teamquotas", kNow, kube::objectOf(text) ? "well" : kube::objectOf(text).error().message}};
    const json previous = {{"metadata", json::object()}};
    const reconcile::PolicyFacts facts{enforcement, &usage, true, &record, money, stale};
    requireWritable("AllocationPolicy", reconcile::renderPolicyStatus(decisions.policies.at(0), facts, previous, kNow));
    requireWritable("TeamQuota",
                    reconcile::renderQuotaStatus(decisions.quotas.at(0), &enforcement, &usage, money, previous, kNow));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{bursar::testing::textOf(data, size)};
    renderAll(text, usageOf(usage::parseMatrix(text, usage::metricPresets().front())));
    renderAll(text, usageOf(usage::parseMatrix(seriesOf(text), usage::metricPresets().front())));
    return 0;
}
