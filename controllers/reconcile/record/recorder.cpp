#include "controllers/reconcile/record/recorder.hpp"

#include <algorithm>
#include <tuple>

#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

constexpr BackoffPolicy kLedgerBackoff{std::chrono::seconds{1}, std::chrono::seconds{15}};
constexpr Duration kReadAgain = std::chrono::milliseconds{10};
constexpr Duration kIdle = std::chrono::seconds{60};

using Created = std::map<std::pair<std::string_view, std::string_view>, Instant>;
using StandingsByPool = std::map<std::pair<std::string, Instant>, treasury::Standings>;  // pool and start of the window

// By policy: the budgets that were decided. Windows in which no team has a budget have an empty entry.
std::map<std::string, StandingsByPool> standingsOf(const treasury::World& world, const treasury::Decisions& decisions) {
    Created created;
    for (const auto& quota : world.quotas) created[{quota->meta.ns, quota->meta.name}] = quota->meta.created;
    std::map<std::string, StandingsByPool> standings;
    for (const treasury::PolicyDecision& policy : decisions.policies) {
        for (const treasury::PoolDecision& pool : policy.pools) standings[policy.name][{pool.name, pool.span.start}];
    }
    for (const treasury::QuotaDecision& quota : decisions.quotas) {
        for (const treasury::Budget& budget : quota.budgets) {
            standings[quota.policy][{budget.pool, budget.span.start}][quota.team] = {
                api::Tokens{budget.rationale.forecast}, budget.baseline, created.at({quota.ns, quota.name})};
        }
    }
    return standings;
}

using NamedRecord = RecordByPolicy::value_type;

bool sameRecord(const NamedRecord& a, const NamedRecord& b) {
    const auto all = [](const NamedRecord& named) {
        const PolicyRecord& record = named.second;
        return std::tie(named.first, record.tried, record.known, record.periods, record.recordedUntil, record.problem,
                        record.metering, record.statements);
    };
    return all(a) == all(b);
}

void logProblem(const char* kind, const std::string& policy, const std::string& before, const std::string& problem) {
    if (problem == before) return;
    if (problem.empty()) {
        log::info("ledger written again", {{"kind", kind}, {"policy", policy}});
    } else {
        log::warn("ledger not written", {{"kind", kind}, {"policy", policy}, {"error", problem}});
    }
}

}  // namespace

LedgerRecorder::LedgerRecorder(std::unique_ptr<ledger::Ledger> ledger, const Clock& clock,
                               std::function<void()> onChange, std::function<void(const std::string&)> onError,
                               OnException onException)
    : ledger_(std::move(ledger)),
      clock_(clock),
      onChange_(std::move(onChange)),
      onError_(std::move(onError)),
      onException_(std::move(onException)),
      loop_([this](bool, const std::stop_token&) { return recordDue(); }, Duration{0}, onException_) {
    loop_.start();
}

LedgerRecorder::~LedgerRecorder() { stop(); }

void LedgerRecorder::stop() { loop_.stop(); }

void LedgerRecorder::follow(Policies policies) {
    std::erase_if(policies, [](const auto& policy) { return !policy->errors.empty(); });
    const MutexLock lock{mutex_};
    if (policies == policies_) return;
    policies_ = std::move(policies);
    loop_.wake();
}

void LedgerRecorder::record(const treasury::World& world, const treasury::Decisions& decisions,
                            std::shared_ptr<const usage::UsageByPolicy> usage) {
    const auto standings = standingsOf(world, decisions);
    const auto days = dayStandings(world, decisions);
    const auto draws = windowDraws(world, decisions);
    const MutexLock lock{mutex_};
    for (const auto& [policy, windows] : standings) {
        for (const auto& [window, teams] : windows) pending_[policy].windows.add(window.first, window.second, teams);
    }
    for (const auto& [policy, standing] : days) pending_[policy].days.add(standing);
    for (const auto& [policy, ofPolicy] : draws) {
        for (const WindowDraw& draw : ofPolicy) pending_[policy].days.add(draw);
    }
    if (usage == usage_) return;
    usage_ = std::move(usage);
    loop_.wake();
}

std::shared_ptr<const RecordByPolicy> LedgerRecorder::snapshot() const {
    const MutexLock lock{mutex_};
    return published_;
}

bool LedgerRecorder::hasTriedAll() const {
    const MutexLock lock{mutex_};
    for (const auto& policy : policies_) {
        const auto found = published_->find(policy->meta.name);
        if (found == published_->end() || !found->second.tried) return false;
    }
    return true;
}

// Windows first: decisions wait for them after a start, but not for the metering.
Duration LedgerRecorder::recordDue() {
    static const usage::PolicyUsage kNoUsage;
    Policies policies;
    std::shared_ptr<const usage::UsageByPolicy> usage;
    {
        const MutexLock lock{mutex_};
        policies = policies_;
        usage = usage_;
    }
    const auto usageOf = [&](const WindowRecorder::Policy& policy) -> const usage::PolicyUsage& {
        const auto found = usage->find(policy->meta.name);
        return found == usage->end() ? kNoUsage : found->second;
    };
    const auto isDue = [this](const Attempts& attempts) { return attempts.isDue(clock_.steadyNow()); };
    for (const auto& policy : policies) {
        if (isDue(recorders_[policy->meta.name].windowAttempts)) recordWindows(policy, usageOf(policy).closed);
    }
    publish(policies);
    for (const auto& policy : policies) {
        if (isDue(recorders_[policy->meta.name].meteringAttempts)) recordMetering(policy, usageOf(policy).days);
        if (isDue(recorders_[policy->meta.name].statementAttempts)) closeStatements(policy);
    }
    publish(policies);
    return untilNextAttempt();
}

Duration LedgerRecorder::untilNextAttempt() const {
    Duration wait = kIdle;
    for (const auto& [name, recorder] : recorders_) {
        for (const Attempts& attempts :
             {recorder.windowAttempts, recorder.meteringAttempts, recorder.statementAttempts}) {
            if (attempts.delay == Duration{0}) continue;
            wait = std::min(wait, std::chrono::duration_cast<Duration>(attempts.next - clock_.steadyNow()));
        }
    }
    return std::max(wait, Duration{1000});
}

void LedgerRecorder::publish(const Policies& policies) {
    auto next = std::make_shared<RecordByPolicy>();
    for (const auto& policy : policies) {
        const PolicyRecorder& recorder = recorders_[policy->meta.name];
        PolicyRecord& record = (*next)[policy->meta.name] = recorder.windows.record();
        record.metering = recorder.metering.metering();
        record.statements = recorder.statements.statements();
        if (record.problem.empty()) record.problem = record.metering.problem;
    }
    std::erase_if(recorders_, [&](const auto& entry) { return !next->contains(entry.first); });
    {
        const MutexLock lock{mutex_};
        std::erase_if(pending_, [&](const auto& entry) { return !next->contains(entry.first); });
        if (std::equal(published_->begin(), published_->end(), next->begin(), next->end(), sameRecord)) return;
        published_ = std::move(next);
    }
    onChange_();
}

void LedgerRecorder::recordWindows(const WindowRecorder::Policy& policy, const treasury::ClosedUsage& usage) {
    const std::string& name = policy->meta.name;
    PolicyRecorder& recorder = recorders_[name];
    const std::string before = recorder.windows.record().problem;
    const auto close = [&](const api::Pool& pool, const treasury::TimeWindow& span) {
        const MutexLock lock{mutex_};
        const PendingWindows& pending = pending_[name].windows;
        return treasury::closeWindows(pool, span, usage, [&](Instant start) -> const treasury::Standings& {
            return pending.at(pool.name, start);
        });
    };
    const bool succeeded = updateGuarded([&] { return recorder.windows.update(*ledger_, policy, close, clock_.now()); },
                                         [&](const Error& error) { recorder.windows.fail(error); });
    const PolicyRecord& record = recorder.windows.record();
    logProblem("windows", name, before, record.problem);
    scheduleNext(name, recorder.windowAttempts, succeeded, record.problem);
    const MutexLock lock{mutex_};
    for (const auto& [pool, until] : record.recordedUntil) pending_[name].windows.forget(pool, until);
}

void LedgerRecorder::recordMetering(const WindowRecorder::Policy& policy, const usage::MeteredDays& days) {
    const std::string& name = policy->meta.name;
    PolicyRecorder& recorder = recorders_[name];
    const std::string before = recorder.metering.metering().problem;
    const auto complete = [&](const treasury::MeteredDay& day) {
        const MutexLock lock{mutex_};
        return pending_[name].days.complete(day);
    };
    const Instant keepFrom = recorder.statements.statements().closedUntil.value_or(Instant{});
    const bool succeeded = updateGuarded(
        [&] { return recorder.metering.update(*ledger_, policy, days, complete, clock_.now(), keepFrom); },
        [&](const Error& error) { recorder.metering.fail(error); });
    const Metering& metering = recorder.metering.metering();
    logProblem("metering", name, before, metering.problem);
    scheduleNext(name, recorder.meteringAttempts, succeeded, metering.problem);
    const MutexLock lock{mutex_};
    if (metering.meteredUntil) pending_[name].days.forget(*metering.meteredUntil);
}

// Only recorded usage can be charged: statements wait until the chain and the windows are known.
void LedgerRecorder::closeStatements(const WindowRecorder::Policy& policy) {
    PolicyRecorder& recorder = recorders_[policy->meta.name];
    if (recorder.metering.chain() == nullptr || !recorder.windows.record().known) return;
    const std::string before = recorder.statements.statements().problem;
    const bool succeeded = updateGuarded(
        [&] {
            return recorder.statements.closeDue(*ledger_, policy, *recorder.metering.chain(), recorder.windows.record(),
                                                clock_.now());
        },
        [&](const Error& error) { recorder.statements.fail(error); });
    const std::string& problem = recorder.statements.statements().problem;
    if (!succeeded) recorder.metering.fail(makeError(ErrorCode::Conflict, ""));
    logProblem("statements", policy->meta.name, before, problem);
    scheduleNext(policy->meta.name, recorder.statementAttempts, succeeded, problem);
}

bool LedgerRecorder::updateGuarded(const std::function<bool()>& update,
                                   const std::function<void(const Error&)>& fail) const {
    const auto succeeded = guarded(onException_, [&]() -> Result<bool> { return update(); });
    if (!succeeded) fail(succeeded.error());
    return succeeded && *succeeded;
}

void LedgerRecorder::scheduleNext(const std::string& policy, Attempts& attempts, bool succeeded,
                                  const std::string& problem) {
    if (!problem.empty() && onError_) onError_(policy);
    if (succeeded) {
        attempts = {};
    } else if (problem.empty()) {  // another process wrote in between: read again soon
        attempts = {clock_.steadyNow() + kReadAgain, kReadAgain};
    } else {
        attempts.backOff(clock_.steadyNow(), kLedgerBackoff);
    }
}

}  // namespace bursar::reconcile
