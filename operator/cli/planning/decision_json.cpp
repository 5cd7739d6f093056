#include "operator/cli/planning/decision_json.hpp"

#include "operator/cli/text/json_null.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::cli {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json toJson(const PlanGrant& grant) {
    Json out = {{"team", grant.team}, {"namespace", grant.ns}};
    for (const char* term : {"history", "forecast", "haircutPercent", "credibleForecast", "claim", "weight", "floor",
                             "ceiling", "grant", "bound"}) {
        out[term] = nullptr;
    }
    if (grant.rationale) {
        const treasury::Rationale& r = *grant.rationale;
        out["history"] = orNull(r.history);
        out["forecast"] = r.forecast;
        out["haircutPercent"] = r.haircutPercent;
        out["credibleForecast"] = r.credibleForecast;
        out["claim"] = r.claim;
        out["weight"] = r.weight;
        out["floor"] = orNull(r.floor);
        out["ceiling"] = orNull(r.ceiling);
        out["grant"] = r.grant;
        out["bound"] = treasury::toString(r.bound);
    }
    out["tokensPerMinute"] = orNull(grant.tokensPerMinute);
    out["before"] = orNull(grant.before);
    out["sentence"] = grant.sentence;
    return out;
}

Json toJson(const PlanLoan& loan) {
    const treasury::LoanDecision& decision = loan.decision;
    const treasury::LoanOutcome& outcome = decision.outcome;
    Json out = {{"namespace", decision.ns}, {"name", decision.name}};
    out["team"] = orNull(decision.team);
    out["pool"] = decision.pool;
    out["phase"] = api::toString(outcome.phase);
    out["requested"] = loan.requested.value();
    out["granted"] = outcome.granted.value();
    out["rule"] = orNull(treasury::toString(outcome.rule));
    out["message"] = outcome.message;
    out["largestApprovable"] = orNull(outcome.largestApprovable);
    out["earliestStart"] = outcome.earliestStart ? Json(formatInstant(*outcome.earliestStart)) : Json(nullptr);
    return out;
}

Json toJson(const api::ManifestError& error) {
    return {{"file", orNull(error.place.file)},
            {"line", error.place.line > 0 ? Json(error.place.line) : Json(nullptr)},
            {"message", error.text()}};
}

Json toJson(const std::vector<treasury::Haircut::Term>& periods) {
    Json out = Json::array();
    for (const treasury::Haircut::Term& term : periods) {
        out.push_back({{"period", term.period},
                       {"forecast", term.forecast},
                       {"actual", term.actual},
                       {"errorPercent", term.errorPercent},
                       {"overPercent", term.overPercent},
                       {"throttledPercent", term.throttledPercent}});
    }
    return out;
}

std::string dump(const Json& document) { return jsonText(document, 2) + "\n"; }

}  // namespace bursar::cli
