#include "controllers/api/allocation_policy.hpp"

#include <algorithm>

#include "controllers/api/names.hpp"
#include "operator/runtime/base/calendar_day.hpp"

namespace bursar::api {
namespace {

constexpr std::pair<std::string_view, BudgetWindow> kWindows[] = {
    {"Minute", BudgetWindow::Minute}, {"Hour", BudgetWindow::Hour}, {"Day", BudgetWindow::Day}};
constexpr std::pair<std::string_view, Period> kPeriods[] = {{"Month", Period::Month}, {"Quarter", Period::Quarter}};
constexpr std::pair<std::string_view, Unallocated> kUnallocated[] = {{"BurstPool", Unallocated::BurstPool},
                                                                     {"Hold", Unallocated::Hold}};
constexpr std::pair<std::string_view, Enforcement> kEnforcement[] = {
    {"Off", Enforcement::Off}, {"Advisory", Enforcement::Advisory}, {"Enforced", Enforcement::Enforced}};
constexpr std::pair<std::string_view, GatewayType> kGateways[] = {{"EnvoyRateLimit", GatewayType::EnvoyRateLimit},
                                                                  {"EnvoyGateway", GatewayType::EnvoyGateway},
                                                                  {"LiteLLM", GatewayType::LiteLLM},
                                                                  {"Kuadrant", GatewayType::Kuadrant}};
constexpr std::pair<std::string_view, IdleCost> kIdleCosts[] = {{"Show", IdleCost::Show}, {"Share", IdleCost::Share}};
constexpr std::pair<std::string_view, UsageType> kUsage[] = {{"Prometheus", UsageType::Prometheus}};
constexpr std::pair<std::string_view, UsagePreset> kPresets[] = {{"EnvoyRateLimit", UsagePreset::EnvoyRateLimit},
                                                                 {"EnvoyAIGateway", UsagePreset::EnvoyAIGateway},
                                                                 {"LiteLLM", UsagePreset::LiteLLM},
                                                                 {"Kuadrant", UsagePreset::Kuadrant},
                                                                 {"Custom", UsagePreset::Custom}};

Pool readPool(const FieldReader& reader) {
    Pool pool;
    pool.name = reader.requiredText("name");
    pool.models = reader.texts("models");
    pool.window = reader.oneOf("window", kWindows, BudgetWindow::Day);
    pool.tokensPerWindow = reader.requiredAmount<Tokens>("tokensPerWindow");
    pool.tokensPerMinute = reader.amount<TokensPerMinute>("tokensPerMinute");
    pool.burstPercent = reader.number("burstPercent", 15, 0, 50);
    pool.unallocated = reader.oneOf("unallocated", kUnallocated, Unallocated::BurstPool);
    return pool;
}

Weight readWeight(const FieldReader& reader) {
    Weight weight;
    weight.team = reader.requiredText("team");
    weight.pool = reader.text("pool");
    if (reader.has("weight")) weight.weight = reader.number("weight", 100, 1, 10'000);
    weight.floor = reader.amount<Tokens>("floor");
    weight.ceiling = reader.amount<Tokens>("ceiling");
    if (weight.floor && weight.ceiling && *weight.floor > *weight.ceiling) {
        reader.errorAt("floor", "is above the ceiling; lower it or raise the ceiling");
    }
    return weight;
}

ForecastDiscipline readDiscipline(const FieldReader& reader) {
    ForecastDiscipline discipline;
    discipline.enforcement = reader.oneOf("enforcement", kEnforcement, Enforcement::Advisory);
    discipline.tolerancePercent = reader.number("tolerancePercent", 20, 0, 100);
    discipline.severityPercent = reader.number("severityPercent", 50, 0, 1000);
    discipline.maxHaircutPercent = reader.number("maxHaircutPercent", 90, 0, 100);
    discipline.lookbackPeriods = reader.number("lookbackPeriods", 4, 1, 24);
    return discipline;
}

Borrowing readBorrowing(const FieldReader& reader) {
    Borrowing borrowing;
    borrowing.maxPercentOfPool = reader.number("maxPercentOfPool", borrowing.maxPercentOfPool, 0, 100);
    borrowing.maxPercentOfGrant = reader.number("maxPercentOfGrant", borrowing.maxPercentOfGrant, 0, 1000);
    borrowing.maxDuration = reader.duration("maxDuration", borrowing.maxDuration);
    borrowing.minNotice = reader.duration("minNotice", borrowing.minNotice);
    borrowing.cooldown = reader.duration("cooldown", borrowing.cooldown);
    borrowing.maxActivePerTeam = reader.number("maxActivePerTeam", borrowing.maxActivePerTeam, 1, 100);
    borrowing.minReasonLength = reader.number("minReasonLength", borrowing.minReasonLength, 0, 1000);
    borrowing.maxAdvance = reader.duration("maxAdvance", borrowing.maxAdvance);
    borrowing.maxPromisedPerTeam = reader.number("maxPromisedPerTeam", borrowing.maxPromisedPerTeam, 1, 100);
    return borrowing;
}

Gateway readGateway(const FieldReader& reader) {
    Gateway gateway;
    gateway.name = reader.requiredText("name");
    gateway.type = reader.oneOf("type", kGateways, GatewayType::EnvoyRateLimit);
    const FieldReader block = reader.child("envoyRateLimit");
    gateway.envoyRateLimit.ns = block.text("namespace", gateway.envoyRateLimit.ns);
    gateway.envoyRateLimit.configMapPrefix = block.text("configMapPrefix", gateway.envoyRateLimit.configMapPrefix);
    gateway.envoyRateLimit.domain = block.text("domain", gateway.envoyRateLimit.domain);
    return gateway;
}

PrometheusUsage readPrometheus(const FieldReader& reader) {
    PrometheusUsage usage;
    usage.url = reader.requiredText("url");
    usage.preset = reader.oneOf("preset", kPresets, UsagePreset::EnvoyRateLimit);
    usage.selector = reader.textMap("selector");
    usage.pollInterval = reader.duration("pollInterval", usage.pollInterval);
    usage.staleAfter = reader.duration("staleAfter", usage.staleAfter);
    usage.caBundle = reader.text("caBundle");
    usage.wantsBearerToken = reader.has("bearerTokenSecretRef");
    return usage;
}

Price readPrice(const FieldReader& reader, const char* name) {
    const std::string text = reader.requiredText(name);
    const auto price = parsePrice(text);
    if (!price)
        reader.errorAt(name,
                       "must be a decimal string such as \"2.50\", with at most 9 digits on either side of the point");
    return price.value_or(Price{});
}

ModelPrice readModelPrice(const FieldReader& reader) {
    ModelPrice price;
    price.model = reader.requiredText("model");
    const auto day = parseDay(reader.requiredText("effectiveFrom"));
    if (!day) reader.errorAt("effectiveFrom", "must be a day such as 2026-07-01");
    price.effectiveFrom = day.value_or(Instant{});
    price.input = readPrice(reader, "inputPerMillion");
    price.cachedInput = reader.has("cachedInputPerMillion") ? readPrice(reader, "cachedInputPerMillion") : price.input;
    price.output = readPrice(reader, "outputPerMillion");
    return price;
}

Pricing readPricing(const FieldReader& reader) {
    Pricing pricing;
    pricing.currency = reader.text("currency");
    for (const FieldReader& model : reader.list("models")) pricing.models.push_back(readModelPrice(model));
    return pricing;
}

Chargeback readChargeback(const FieldReader& reader) {
    Chargeback chargeback;
    chargeback.financeContact = reader.text("financeContact");
    chargeback.closeAfter = reader.duration("closeAfter", chargeback.closeAfter);
    chargeback.idleCost = reader.oneOf("idleCost", kIdleCosts, IdleCost::Show);
    const FieldReader delivery = reader.child("delivery");
    if (!delivery.has("webhook")) return chargeback;
    const FieldReader webhook = delivery.child("webhook");
    chargeback.webhook = Webhook{webhook.requiredText("url"), std::nullopt};
    if (webhook.has("hmacSecretRef")) {
        const FieldReader secret = webhook.child("hmacSecretRef");
        chargeback.webhook->hmacSecretRef =
            SecretKeyRef{secret.requiredText("namespace"), secret.requiredText("name"), secret.requiredText("key")};
    }
    return chargeback;
}

void checkPools(const FieldReader& spec, const AllocationPolicy& policy) {
    if (policy.pools.empty()) spec.errorAt("pools", "needs at least one pool");
    std::vector<std::string> names;
    for (const Pool& pool : policy.pools) names.push_back(pool.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) spec.errorAt("pools", "names the pool \"" + *twice + "\" twice; a pool is listed once");
}

}  // namespace

const Pool* AllocationPolicy::findPool(std::string_view name) const {
    const auto found = std::find_if(pools.begin(), pools.end(), [&](const Pool& pool) { return pool.name == name; });
    return found == pools.end() ? nullptr : &*found;
}

AllocationPolicy parseAllocationPolicy(const nlohmann::json& object) {
    AllocationPolicy policy;
    policy.meta = readObjectMeta(object);
    const FieldReader spec{object.is_object() && object.contains("spec") ? object["spec"] : object, "spec",
                           policy.errors};
    policy.sponsor = spec.child("charter").text("sponsor");
    policy.period = spec.oneOf("period", kPeriods, Period::Month);
    const FieldReader teams = spec.child("teams");
    policy.namespaceSelector = readLabelSelector(teams.child("namespaceSelector"));
    policy.identityLabel = teams.text("identityLabel", policy.identityLabel);
    for (const FieldReader& pool : spec.list("pools")) policy.pools.push_back(readPool(pool));
    checkPools(spec, policy);
    const FieldReader allocation = spec.child("allocation");
    policy.historyPercent = allocation.number("historyPercent", 50, 0, 100);
    policy.defaultWeight = allocation.number("defaultWeight", 100, 1, 10'000);
    for (const FieldReader& weight : allocation.list("weights")) policy.weights.push_back(readWeight(weight));
    policy.borrowing = readBorrowing(spec.child("borrowing"));
    policy.forecastDiscipline = readDiscipline(spec.child("forecastDiscipline"));
    if (policy.forecastDiscipline.enforcement == Enforcement::Enforced && policy.sponsor.empty()) {
        spec.errorAt("forecastDiscipline.enforcement",
                     "Enforced needs charter.sponsor: name who stands for the haircuts, or use Advisory");
    }
    if (spec.has("pricing")) policy.pricing = readPricing(spec.child("pricing"));
    policy.chargeback = readChargeback(spec.child("chargeback"));
    for (const FieldReader& gateway : spec.list("gateways")) policy.gateways.push_back(readGateway(gateway));
    const FieldReader usage = spec.child("usage");
    policy.usageType = usage.oneOf("type", kUsage, UsageType::None);
    if (policy.usageType == UsageType::Prometheus) policy.prometheus = readPrometheus(usage.child("prometheus"));
    return policy;
}

std::string_view toString(BudgetWindow window) { return nameOf(kWindows, window); }

std::string_view toString(UsagePreset preset) { return nameOf(kPresets, preset); }

std::string_view toString(GatewayType type) { return nameOf(kGateways, type); }

std::string_view perWindow(BudgetWindow window) {
    switch (window) {
        case BudgetWindow::Minute:
            return "a minute";
        case BudgetWindow::Hour:
            return "an hour";
        case BudgetWindow::Day:
            return "a day";
    }
    return "a day";
}

}  // namespace bursar::api
