// The forms of a StatusView. Pure. docs/kubectl-bursar.md describes them; the JSON is stable.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "operator/cli/status/status_view.hpp"
#include "operator/cli/text/display_text.hpp"

namespace bursar::cli {

struct StatusStyle {
    Paint paint = Paint{};
    bool wide = false;  // more columns, and every message
};

// For each policy its pools, its teams, and conditions that need attention.
std::string renderTable(const StatusView& view, const StatusStyle& style);

nlohmann::ordered_json describe(const StatusView& view);

// `13h5m`, `4m10s`, `12s`; `ended` if `end` has passed.
std::string timeUntil(Instant end, Instant now);

}  // namespace bursar::cli
