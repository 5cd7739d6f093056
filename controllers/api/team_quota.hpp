// TeamQuota: a team's request, and its budget as `kubectl get tq` shows it (namespaced, short name `tq`).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/field_reader.hpp"
#include "controllers/api/object_meta.hpp"
#include "controllers/api/tokens.hpp"

namespace bursar::api {

struct Request {
    std::string pool;
    Tokens forecast;  // per window, what the team commits to use on average
    std::optional<TokensPerMinute> peakTokensPerMinute;
    std::string field;   // where it stands, for messages: `spec.requests[0]`
    bool usable = true;  // false where an amount of it could not be read
};

struct TeamQuota {
    ObjectMeta meta;
    std::string policy;
    std::string team;
    std::string costCenter;
    std::vector<Request> requests;

    // What could not be read. A request whose amount is wrong is set aside; the others of the same team are served.
    std::vector<FieldError> errors;
};

TeamQuota parseTeamQuota(const nlohmann::json& object);

// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, at most 63 characters: what may become a key at a gateway.
bool isTeamName(std::string_view name);

}  // namespace bursar::api
