// Reasons of the conditions in status.conditions, and of the events of the same name.
//
// Each constant says what the reason means and what to do. condition_types.hpp says which condition can have it.
// docs/reference/conditions.md is generated from these comments; hack/reference/conditions.py reads them.
#pragma once

namespace bursar::api::reason {

// A policy or a quota

// Every valid request has its grant; the message says how much, or for how many teams.
inline constexpr const char* kGranted = "Granted";

// The policy is in use.
inline constexpr const char* kValid = "Valid";

// A field is wrong; the message names it. Correct it. Limits in force stay as they are until then, and whatever else a
// TeamQuota asks for is granted.
inline constexpr const char* kInvalidSpec = "InvalidSpec";

// spec.policy names no AllocationPolicy that exists; the message lists those there are. A loan has this reason where
// its TeamQuota does.
inline constexpr const char* kPolicyNotFound = "PolicyNotFound";

// The AllocationPolicy that spec.policy names cannot be used until its own error is corrected. Limits in force stay.
inline constexpr const char* kPolicyInvalid = "PolicyInvalid";

// A request names a pool that the policy does not have; the message lists those it has.
inline constexpr const char* kUnknownPool = "UnknownPool";

// A pool is requested twice. The first request counts; remove the other, or add its forecast to the first.
inline constexpr const char* kDuplicateRequest = "DuplicateRequest";

// An older TeamQuota asks for the same team under this policy. Move the requests there and delete this one.
inline constexpr const char* kDuplicateTeam = "DuplicateTeam";

// The policy's teams.namespaceSelector does not admit this namespace. Ask the platform team for the label.
inline constexpr const char* kNamespaceNotSelected = "NamespaceNotSelected";

// The namespace speaks for another team than spec.team. Use the team in the message, or ask the platform team for the
// namespace label.
inline constexpr const char* kTeamNotAllowed = "TeamNotAllowed";

// spec.allocation.weights: the floors of every pool fit what it can distribute.
inline constexpr const char* kFloorsFit = "FloorsFit";

// The floors of a pool exceed what it can distribute, so every floor is scaled down until they fit. Lower floors, or
// raise tokensPerWindow.
inline constexpr const char* kFloorsExceedPool = "FloorsExceedPool";

// Gateways

// Every gateway of the policy has the current limits.
inline constexpr const char* kProgrammed = "Programmed";

// Every gateway of the policy has the team's limits.
inline constexpr const char* kInForce = "InForce";

// spec.gateways of the policy names no gateway, so no gateway enforces the grants. Add one.
inline constexpr const char* kNoGateway = "NoGateway";

// A gateway does not have the current limits; the message names the gateway and the cause. The operator tries again,
// and the limits the gateway has stay in force.
inline constexpr const char* kGatewayNotProgrammed = "GatewayNotProgrammed";

// A gateway cannot express a limit as large as the grant and enforces the largest it can; the message says how much.
// Ask for a shorter window or a second pool.
inline constexpr const char* kLimitNotExpressible = "LimitNotExpressible";

// What the operator watches

// The operator sees every change of a policy, a request, a loan or a namespace at once.
inline constexpr const char* kWatched = "Watched";

// The operator has not been able to watch some resources for more than 5 seconds; the message names them, since when,
// and why. Decisions use the objects as they were then.
inline constexpr const char* kWatchFailed = "WatchFailed";

// The operator's clock and the API server's agree.
inline constexpr const char* kSynchronized = "Synchronized";

// The clocks have differed for more than 5 seconds; the message says by how much. Correct NTP on the node that is
// wrong. The condition is True again once they have agreed for 30 seconds.
inline constexpr const char* kClockSkewed = "ClockSkewed";

// Usage and the record of closed windows

// The usage source was read, and its newest sample is younger than staleAfter.
inline constexpr const char* kFresh = "Fresh";

// The usage source does not answer, or its newest sample is older than staleAfter; the message says since when. The
// status shows the last known consumption.
inline constexpr const char* kStale = "Stale";

// The usage source has returned no sample yet. Check spec.usage, and that something scrapes the gateway.
inline constexpr const char* kNeverSeen = "NeverSeen";

// A counter went back although its process did not restart, so its samples count only once they exceed its highest
// value. Let a single Prometheus answer, not several in turn.
inline constexpr const char* kCounterWentBack = "CounterWentBack";

// Counters that existed are absent although their process is scraped. Check the scrape and relabelling configuration.
inline constexpr const char* kSeriesAbsent = "SeriesAbsent";

// No operator has read the usage source yet.
inline constexpr const char* kNotYetRead = "NotYetRead";

// spec.usage names no source, so consumption is neither metered, recorded nor charged. Add one.
inline constexpr const char* kNoUsageSource = "NoUsageSource";

// Every closed window is recorded.
inline constexpr const char* kRecorded = "Recorded";

// A window ended more than 5 minutes ago, and the usage source was not read beyond its end. See UsageFresh.
inline constexpr const char* kWaitingForUsage = "WaitingForUsage";

// The record of closed windows cannot be read, or is inconsistent. History and haircuts stay as the statuses say. Run
// `bursar ledger verify`.
inline constexpr const char* kLedgerNotRead = "LedgerNotRead";

// The record of closed windows cannot be written. Closed windows wait, for as many days as the message says.
inline constexpr const char* kLedgerNotWritten = "LedgerNotWritten";

// Chargeback

// Every model that was used has a price.
inline constexpr const char* kAllPriced = "AllPriced";

// The models in the message have no price, so their tokens are in no amount. Add a price with an effectiveFrom before
// their use; the next statement charges them.
inline constexpr const char* kModelsWithoutPrice = "ModelsWithoutPrice";

// Every statement that is due is closed.
inline constexpr const char* kUpToDate = "UpToDate";

// A period is over, and some of its days are not recorded yet. See RecordUpToDate.
inline constexpr const char* kWaitingForRecord = "WaitingForRecord";

// The ledger could not be read or written; the message gives its error.
inline constexpr const char* kLedgerProblem = "LedgerProblem";

// The webhook has every closed statement.
inline constexpr const char* kDelivered = "Delivered";

// A statement was closed, and its first delivery is under way.
inline constexpr const char* kOnItsWay = "OnItsWay";

// The webhook did not answer with 2xx; the message gives its answer. The operator tries again, at most every 15
// minutes.
inline constexpr const char* kNotDelivered = "NotDelivered";

// Phases of a loan

// The loan is not decided yet; the message says what it waits for.
inline constexpr const char* kPending = "Pending";

// The loan is approved; it begins at spec.start.
inline constexpr const char* kScheduled = "Scheduled";

// The loan is approved and raises the team's limit now.
inline constexpr const char* kActive = "Active";

// The loan is over, and the team's limit is its baseline.
inline constexpr const char* kReturned = "Returned";

// The loan is denied, or cannot be decided as it is; the message says why. Change it or delete it.
inline constexpr const char* kDenied = "Denied";

// The loan was deleted, or its TeamQuota or policy went, before it began. Its tokens are free again.
inline constexpr const char* kCancelled = "Cancelled";

// The loan is being deleted. It goes when every gateway is back at the team's baseline.
inline constexpr const char* kReturningToBaseline = "ReturningToBaseline";

// Why a loan cannot be decided

// spec.teamQuota names no TeamQuota of this namespace.
inline constexpr const char* kQuotaNotFound = "QuotaNotFound";

// The TeamQuota has no budget in this pool. Request the pool there first.
inline constexpr const char* kNoBudget = "NoBudget";

// Borrowing rules, in the order in which they are checked (docs/design.md §3)

// spec.end is not after spec.start, or is past.
inline constexpr const char* kInvalidInterval = "InvalidInterval";

// spec.reason is shorter than the policy's minReasonLength; blanks do not count.
inline constexpr const char* kReasonTooShort = "ReasonTooShort";

// The loan is longer than maxDuration.
inline constexpr const char* kTooLong = "TooLong";

// The loan starts sooner after the request was first seen than minNotice.
inline constexpr const char* kTooLittleNotice = "TooLittleNotice";

// The loan starts further ahead than maxAdvance.
inline constexpr const char* kTooFarAhead = "TooFarAhead";

// The team has maxPromisedPerTeam approved loans that have not ended, or so many requests that this one was not read.
inline constexpr const char* kTooManyPromised = "TooManyPromised";

// The loan asks for more than maxPercentOfPool of the pool's burst tokens.
inline constexpr const char* kOverLoanLimit = "OverLoanLimit";

// The loan and the team's other loans together exceed maxPercentOfGrant of the team's baseline: the smaller of today's
// and its mean over the last 7 closed windows.
inline constexpr const char* kOverBorrowingLimit = "OverBorrowingLimit";

// The team already has as many approved loans at that time as maxActivePerTeam allows.
inline constexpr const char* kTooManyActive = "TooManyActive";

// The loan starts sooner after another loan of the team, or ends sooner before one, than cooldown.
inline constexpr const char* kCoolingDown = "CoolingDown";

// In a window of the loan, other teams hold so many burst tokens that too few are left.
inline constexpr const char* kPoolExhausted = "PoolExhausted";

}  // namespace bursar::api::reason
