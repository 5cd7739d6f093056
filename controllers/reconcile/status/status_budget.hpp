// The write budget (docs/design.md §5): a status is written when a limit, phase or condition changes, when usedPercent
// changes by a whole point, or after `maxAge`. Consumption changes all the time; without a budget every scrape would
// write every object. Pure.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>

namespace bursar::reconcile {

enum class WriteNeed {
    None,   // nothing differs
    Later,  // only amounts of consumption changed: write once the last write is maxAge old
    Now,
};

WriteNeed writeNeed(const nlohmann::json& stored, const nlohmann::json& desired);

// The status without what changes from one attempt to the next: amounts of consumption, and times that are those of the
// attempt because none is stored yet. Two statuses that are equal without it are refused alike.
nlohmann::json withoutTransients(nlohmann::json status);

}  // namespace bursar::reconcile
