// Types of the conditions in status.conditions of the three resources.
//
// Each constant says what the condition is about, then by resource which reasons (condition_reasons.hpp) it can have.
// docs/reference/conditions.md is generated from these comments; hack/reference/conditions.py reads them.
#pragma once

namespace bursar::api::condition {

// The object is in use and enforced. Summary of the other conditions, as kstatus reads it. While it is False, `Stalled`
// or `Reconciling` is set beside it.
// AllocationPolicy: Granted, InvalidSpec, NoGateway, GatewayNotProgrammed
// TeamQuota: Granted, InvalidSpec, PolicyNotFound, PolicyInvalid, UnknownPool, DuplicateRequest, DuplicateTeam,
//   NamespaceNotSelected, TeamNotAllowed, NoGateway, GatewayNotProgrammed, LimitNotExpressible
// BurstLoan: Scheduled, Active, Returned, Cancelled, Pending, ReturningToBaseline, InvalidSpec, QuotaNotFound,
//   PolicyNotFound, NoBudget, InvalidInterval, ReasonTooShort, TooLong, TooLittleNotice, TooFarAhead, TooManyPromised,
//   OverLoanLimit, OverBorrowingLimit, TooManyActive, CoolingDown, PoolExhausted
inline constexpr const char* kReady = "Ready";

// Present only while True. A person must correct something; waiting does not help.
// AllocationPolicy: InvalidSpec, NoGateway
// TeamQuota: InvalidSpec, PolicyNotFound, PolicyInvalid, UnknownPool, DuplicateRequest, DuplicateTeam,
//   NamespaceNotSelected, TeamNotAllowed, NoGateway, LimitNotExpressible
// BurstLoan: InvalidSpec, QuotaNotFound, PolicyNotFound, NoBudget, InvalidInterval, ReasonTooShort, TooLong,
//   TooLittleNotice, TooFarAhead, TooManyPromised, OverLoanLimit, OverBorrowingLimit, TooManyActive, CoolingDown,
//   PoolExhausted
inline constexpr const char* kStalled = "Stalled";

// Present only while True. The operator tries again without your help.
// AllocationPolicy: GatewayNotProgrammed
// TeamQuota: GatewayNotProgrammed
// BurstLoan: ReturningToBaseline
inline constexpr const char* kReconciling = "Reconciling";

// Whether the policy's spec can be used. While it is False the policy decides nothing, and limits in force stay.
// AllocationPolicy: Valid, InvalidSpec
inline constexpr const char* kAccepted = "Accepted";

// Whether every gateway has the current limits.
// AllocationPolicy: Programmed, NoGateway, GatewayNotProgrammed
inline constexpr const char* kGatewayProgrammed = "GatewayProgrammed";

// Whether the floors in spec.allocation.weights exceed what a pool can distribute. True is the problem here.
// AllocationPolicy: FloorsFit, FloorsExceedPool
inline constexpr const char* kOvercommitted = "Overcommitted";

// Whether decisions use what the API server holds now. Limits do not depend on it.
// AllocationPolicy: Watched, WatchFailed
inline constexpr const char* kResourcesFresh = "ResourcesFresh";

// Whether the operator's clock and the API server's agree to 5 seconds, by the Date header of its responses. Loans
// begin and end, and windows close, by the operator's clock.
// AllocationPolicy: Synchronized, ClockSkewed
inline constexpr const char* kClockSynchronized = "ClockSynchronized";

// Whether consumption is current. Grants and limits do not depend on it.
// AllocationPolicy: Fresh, Stale, NeverSeen, CounterWentBack, SeriesAbsent, NotYetRead, NoUsageSource
// TeamQuota: Fresh, Stale, NeverSeen, CounterWentBack, SeriesAbsent, NotYetRead
inline constexpr const char* kUsageFresh = "UsageFresh";

// Whether every budget window that closed is in the ledger.
// AllocationPolicy: Recorded, WaitingForUsage, LedgerNotRead, LedgerNotWritten, NoUsageSource
inline constexpr const char* kRecordUpToDate = "RecordUpToDate";

// Whether every model that was used in the period has a price. Present where spec.pricing is set.
// AllocationPolicy: AllPriced, ModelsWithoutPrice
inline constexpr const char* kModelsPriced = "ModelsPriced";

// Whether every statement that is due is closed.
// AllocationPolicy: UpToDate, WaitingForRecord, LedgerProblem
inline constexpr const char* kStatementsClosed = "StatementsClosed";

// Whether finance's webhook has every closed statement. Present where spec.chargeback.delivery is set.
// AllocationPolicy: Delivered, OnItsWay, NotDelivered
inline constexpr const char* kStatementsDelivered = "StatementsDelivered";

// Whether every gateway of the policy has the team's limits.
// TeamQuota: InForce, NoGateway, GatewayNotProgrammed, LimitNotExpressible
inline constexpr const char* kEnforced = "Enforced";

// Whether the policy's borrowing rules approved the loan; Unknown while it is not decided. The reason of a denial is
// the first rule that the loan breaks.
// BurstLoan: Scheduled, Active, Returned, Cancelled, Denied, Pending, InvalidInterval, ReasonTooShort, TooLong,
//   TooLittleNotice, TooFarAhead, TooManyPromised, OverLoanLimit, OverBorrowingLimit, TooManyActive, CoolingDown,
//   PoolExhausted
inline constexpr const char* kApproved = "Approved";

// Whether the team can draw on the loan now. The reason is the loan's phase.
// BurstLoan: Pending, Scheduled, Active, Returned, Denied, Cancelled
inline constexpr const char* kActive = "Active";

// Whether the loan is over and the team's limit is its baseline. The reason is the loan's phase.
// BurstLoan: Pending, Scheduled, Active, Returned, Denied, Cancelled
inline constexpr const char* kReturned = "Returned";

}  // namespace bursar::api::condition
