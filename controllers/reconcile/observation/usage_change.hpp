// Whether new figures of the usage sources can change a decision, a record or a status. Pure.
//
// A source is read every few seconds, and most reads bring nothing but a later time. Those must not cause a decision.
#pragma once

#include "controllers/reconcile/observation/observation.hpp"

namespace bursar::reconcile {

// True where `usage`, read at `now`, differs from what `last` saw in more than the time of the last sample.
bool changesDecision(const Observation& last, const usage::UsageByPolicy& usage, Instant now);

// True where a usage source has become stale, has recovered, or is stale for another reason than `last` saw. Time alone
// does that, so it is to be asked now and then.
bool changesFreshness(const Observation& last, const usage::UsageByPolicy& usage, Instant now);

}  // namespace bursar::reconcile
