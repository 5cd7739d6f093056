#include "controllers/api/team_quota.hpp"

#include <algorithm>

#include "operator/runtime/base/ascii.hpp"

namespace bursar::api {
namespace {

Request readRequest(const FieldReader& reader, const std::vector<FieldError>& errors) {
    const std::size_t before = errors.size();
    Request request;
    request.field = reader.path();
    request.pool = reader.requiredText("pool");
    request.forecast = reader.requiredAmount<Tokens>("forecast");
    request.peakTokensPerMinute = reader.amount<TokensPerMinute>("peakTokensPerMinute");
    request.usable = errors.size() == before;
    return request;
}

}  // namespace

bool isTeamName(std::string_view name) {
    const auto alnum = [](char c) { return isLowercaseLetter(c) || isDigit(c); };
    if (name.empty() || name.size() > 63 || !alnum(name.front()) || !alnum(name.back())) return false;
    return std::all_of(name.begin(), name.end(), [&](char c) { return alnum(c) || c == '-'; });
}

TeamQuota parseTeamQuota(const nlohmann::json& object) {
    TeamQuota quota;
    quota.meta = readObjectMeta(object);
    const FieldReader spec{object.is_object() && object.contains("spec") ? object["spec"] : object, "spec",
                           quota.errors};
    quota.policy = spec.requiredText("policy");
    quota.team = spec.requiredText("team");
    if (!quota.team.empty() && !isTeamName(quota.team)) {
        spec.errorAt("team", "may hold lower-case letters, digits and '-', at most 63 of them");
    }
    quota.costCenter = spec.text("costCenter");
    for (const FieldReader& request : spec.list("requests")) {
        quota.requests.push_back(readRequest(request, quota.errors));
    }
    if (quota.requests.empty()) spec.errorAt("requests", "needs at least one request");
    return quota;
}

}  // namespace bursar::api
