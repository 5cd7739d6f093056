#include "controllers/reconcile/status/chargeback_render.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"

namespace bursar::reconcile {
namespace {

using nlohmann::json;
using treasury::Charge;
using treasury::Charges;

constexpr std::size_t kMostModels = 256;  // the bound in the CRD
constexpr std::size_t kMostNamed = 5;     // in a message

json storedChargeback(const json& object) {
    const auto found = object.find("status");
    return found != object.end() && found->is_object() ? found->value("chargeback", json()) : json();
}

void keepStored(json& status, const json& previous) {
    json stored = storedChargeback(previous);
    if (!stored.is_object()) return;
    status["chargeback"] = std::move(stored);
}

// The first `most` names. Names come from clients, so their number must be bounded.
std::vector<std::string> bounded(const std::vector<std::string>& names, std::size_t most) {
    return {names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most))};
}

json renderCharge(const Charges& charges, const Charge& charge) {
    json out = {{"period", charges.period.toString()},
                {"currency", charges.currency},
                {"amount", api::formatMoney(charge.amount, charges.digits())}};
    const auto expected = expectedAmount(charge.amount, charges.period.span(), charges.since, charges.until);
    if (expected) out["forecastAmount"] = api::formatMoney(*expected, charges.digits());
    if (!charge.unpricedModels.empty()) out["unpricedModels"] = bounded(charge.unpricedModels, kMostModels);
    return out;
}

// The most expensive models first, at most kMostModels.
json renderModels(const Charges& charges, const Charge& charge) {
    std::vector<std::pair<std::string, treasury::ModelCharge>> models{charge.models.begin(), charge.models.end()};
    std::stable_sort(models.begin(), models.end(),
                     [](const auto& a, const auto& b) { return a.second.amount > b.second.amount; });
    json out = json::array();
    for (const auto& [name, model] : models) {
        if (out.size() == kMostModels) break;
        out.push_back({{"model", name},
                       {"inputTokens", model.tokens.input.value()},
                       {"cachedInputTokens", model.tokens.cachedInput.value()},
                       {"outputTokens", model.tokens.output.value()},
                       {"amount", api::formatMoney(model.amount, charges.digits())}});
    }
    return out;
}

json renderStatements(const Money& money) {
    json out = json::array();
    for (const ClosedStatement& statement : money.statements->closed) {
        json entry = {{"period", statement.period},
                      {"issuedAt", formatInstant(statement.issuedAt)},
                      {"currency", statement.currency},
                      {"amount", api::formatMoney(statement.amount, api::minorUnitDigits(statement.currency))},
                      {"sha256", statement.sha256}};
        const auto delivery = money.deliveries.find(statement.sha256);
        if (delivery != money.deliveries.end()) {
            entry["delivered"] = delivery->second.delivered;
            if (delivery->second.delivered) entry["deliveredAt"] = formatInstant(delivery->second.at);
            if (!delivery->second.message.empty()) entry["message"] = delivery->second.message;
        }
        out.push_back(std::move(entry));
    }
    return out;
}

// Keeps the stored condition while its facts are unknown, so that it does not flap when the operator restarts.
void keepCondition(ConditionList& conditions, const json& previous, const char* type) {
    const auto status = previous.find("status");
    const json* stored = status == previous.end() ? nullptr : findCondition(*status, type);
    if (stored == nullptr) return;
    conditions.set(type, stored->value("status", "Unknown"), stored->value("reason", ""), stored->value("message", ""));
}

void setPriced(ConditionList& conditions, const Charges& charges) {
    const std::vector<std::string>& models = charges.total.unpricedModels;
    if (models.empty()) {
        conditions.set(api::condition::kModelsPriced, "True", api::reason::kAllPriced,
                       "every model that was used has a price");
        return;
    }
    conditions.set(api::condition::kModelsPriced, "False", api::reason::kModelsWithoutPrice,
                   fmt::format("{} models were used that spec.pricing.models has no price for, so they are not in the "
                               "amounts: {}{}. Add a price with an effectiveFrom that lies before their use",
                               models.size(), fmt::join(bounded(models, kMostNamed), ", "),
                               models.size() > kMostNamed ? ", …" : ""));
}

void setClosed(ConditionList& conditions, const PolicyStatements& statements) {
    if (!statements.problem.empty()) {
        conditions.set(api::condition::kStatementsClosed, "False", api::reason::kLedgerProblem, statements.problem);
    } else if (!statements.waitingFor.empty()) {
        conditions.set(api::condition::kStatementsClosed, "False", api::reason::kWaitingForRecord,
                       statements.waitingFor);
    } else {
        conditions.set(api::condition::kStatementsClosed, "True", api::reason::kUpToDate,
                       "every statement that is due is closed");
    }
}

void setDelivered(ConditionList& conditions, const Money& money) {
    for (const ClosedStatement& statement : money.statements->closed) {
        const auto delivery = money.deliveries.find(statement.sha256);
        if (delivery != money.deliveries.end() && delivery->second.delivered) continue;
        const bool tried = delivery != money.deliveries.end() && !delivery->second.message.empty();
        conditions.set(api::condition::kStatementsDelivered, "False",
                       tried ? api::reason::kNotDelivered : api::reason::kOnItsWay,
                       fmt::format("the statement of {} is not delivered yet{}{}", statement.period,
                                   tried ? "; it is tried again: " : "", tried ? delivery->second.message : ""));
        return;
    }
    conditions.set(api::condition::kStatementsDelivered, "True", api::reason::kDelivered,
                   "every closed statement is delivered");
}

}  // namespace

void setTeamChargeback(json& status, const std::string& team, const Money& money, const json& previous) {
    if (money.charges == nullptr) {
        keepStored(status, previous);
    } else if (!money.charges->currency.empty()) {
        const auto found = money.charges->teams.find(team);
        const Charge charge = found == money.charges->teams.end() ? Charge{} : found->second;
        status["chargeback"] = renderCharge(*money.charges, charge);
        status["chargeback"]["models"] = renderModels(*money.charges, charge);
    }
    if (!status.contains("chargeback")) return;
    const json& shown = status["chargeback"];
    status["summary"]["cost"] = fmt::format("{} {}", shown.value("amount", ""), shown.value("currency", ""));
}

void setPolicyChargeback(json& status, ConditionList& conditions, const Money& money, const json& previous) {
    if (money.charges == nullptr) {
        keepStored(status, previous);
        keepCondition(conditions, previous, api::condition::kModelsPriced);
    } else if (!money.charges->currency.empty()) {
        status["chargeback"] = renderCharge(*money.charges, money.charges->total);
        setPriced(conditions, *money.charges);
    }
    if (money.statements == nullptr || !money.statements->known) {
        const json stored = storedChargeback(previous);
        if (stored.is_object() && stored.contains("statements"))
            status["chargeback"]["statements"] = stored["statements"];
        keepCondition(conditions, previous, api::condition::kStatementsClosed);
        if (money.hasWebhook) keepCondition(conditions, previous, api::condition::kStatementsDelivered);
        return;
    }
    json statements = renderStatements(money);
    if (!statements.empty()) status["chargeback"]["statements"] = std::move(statements);
    setClosed(conditions, *money.statements);
    if (money.hasWebhook) setDelivered(conditions, money);
}

Deliveries storedDeliveries(const json& object) {
    Deliveries deliveries;
    const json stored = storedChargeback(object);
    if (!stored.is_object()) return deliveries;
    for (const json& entry : stored.value("statements", json::array())) {
        if (!entry.value("delivered", false)) continue;
        const auto at = parseInstant(entry.value("deliveredAt", ""));
        deliveries[entry.value("sha256", "")] = {true, at.value_or(Instant{}), ""};
    }
    return deliveries;
}

}  // namespace bursar::reconcile
