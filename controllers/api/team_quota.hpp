// TeamQuota: what a team asks for from the pools of one policy (namespaced, short name `tq`).
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
    Tokens forecast;  // the team's mean use per window, to which it commits
    std::optional<TokensPerMinute> peakTokensPerMinute;
    std::string field;   // its path, for messages: `spec.requests[0]`
    bool usable = true;  // false if one of its amounts could not be read
};

struct TeamQuota {
    ObjectMeta meta;
    std::string policy;
    std::string team;
    std::string costCenter;
    std::vector<Request> requests;

    // Fields that could not be read. A request with a wrong amount is set aside; the team's other requests count.
    std::vector<FieldError> errors;
};

TeamQuota parseTeamQuota(const nlohmann::json& object);

// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, at most 63 characters: names that can be a key at a gateway.
bool isTeamName(std::string_view name);

}  // namespace bursar::api
