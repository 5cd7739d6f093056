#include "controllers/reconcile/open_days.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/reconcile/day_notes.hpp"
#include "controllers/treasury/decide.hpp"

namespace bursar::reconcile {

Result<OpenDays> readOpenDays(const treasury::World& world, const std::string& policy,
                              const usage::PolicyAccount::Query& query, Instant from, Instant now) {
    const auto found = std::find_if(world.policies.begin(), world.policies.end(),
                                    [&](const auto& candidate) { return candidate->meta.name == policy; });
    if (found == world.policies.end()) {
        return makeError(ErrorCode::NotFound, fmt::format("there is no AllocationPolicy \"{}\"", policy));
    }
    const auto usage = usage::readDays(**found, query, from, now);
    if (!usage) return usage.error();
    DayNotes notes;
    const auto standings = dayStandings(world, treasury::decide(world, now));
    const auto standing = standings.find(policy);
    if (standing != standings.end()) notes.note(standing->second);
    OpenDays open;
    open.problem = usage->problem;
    for (const auto& day : usage->days.closed) open.days.push_back(notes.complete(*day));
    for (const auto& day : usage->days.open) open.days.push_back(notes.complete(*day));
    return open;
}

}  // namespace bursar::reconcile
