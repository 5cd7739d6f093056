#include "controllers/reconcile/record/recorder.hpp"

#include <algorithm>
#include <tuple>

#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

constexpr BackoffPolicy kBookBackoff{std::chrono::seconds{1}, std::chrono::seconds{15}};
constexpr Duration kReadAgain = std::chrono::milliseconds{10};
constexpr Duration kIdle = std::chrono::seconds{60};

using Created = std::map<std::pair<std::string_view, std::string_view>, Instant>;
using StandingsByPool = std::map<std::pair<std::string, Instant>, treasury::Standings>;  // pool and start of the window

// By policy, what was decided, and that windows nobody has a budget in have passed.
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

void logProblem(const char* books, const std::string& policy, const std::string& before, const std::string& problem) {
    if (problem == before) return;
    if (problem.empty()) {
        log::info("books are up to date again", {{"books", books}, {"policy", policy}});
    } else {
        log::warn("books not kept", {{"books", books}, {"policy", policy}, {"error", problem}});
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
      thread_([this](const std::stop_token& stop) { keepRunning(stop, onException_, [&] { run(stop); }); }) {}

LedgerRecorder::~LedgerRecorder() { stop(); }

void LedgerRecorder::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

void LedgerRecorder::follow(Policies policies) {
    std::erase_if(policies, [](const auto& policy) { return !policy->errors.empty(); });
    const std::lock_guard lock{mutex_};
    if (policies == policies_) return;
    policies_ = std::move(policies);
    changed_ = true;
    wake_.notify_all();
}

void LedgerRecorder::note(const treasury::World& world, const treasury::Decisions& decisions,
                          std::shared_ptr<const usage::UsageByPolicy> usage) {
    const auto standings = standingsOf(world, decisions);
    const auto days = dayStandings(world, decisions);
    const auto draws = windowDraws(world, decisions);
    const std::lock_guard lock{mutex_};
    for (const auto& [policy, windows] : standings) {
        for (const auto& [window, teams] : windows) notes_[policy].windows.note(window.first, window.second, teams);
    }
    for (const auto& [policy, standing] : days) notes_[policy].days.note(standing);
    for (const auto& [policy, ofPolicy] : draws) {
        for (const WindowDraw& draw : ofPolicy) notes_[policy].days.note(draw);
    }
    if (usage == usage_) return;
    usage_ = std::move(usage);
    changed_ = true;
    wake_.notify_all();
}

std::shared_ptr<const RecordByPolicy> LedgerRecorder::snapshot() const {
    const std::lock_guard lock{mutex_};
    return published_;
}

bool LedgerRecorder::hasTriedAll() const {
    const std::lock_guard lock{mutex_};
    return std::all_of(policies_.begin(), policies_.end(), [this](const auto& policy) {
        const auto found = published_->find(policy->meta.name);
        return found != published_->end() && found->second.tried;
    });
}

void LedgerRecorder::run(const std::stop_token& stop) {
    Duration wait = kIdle;
    while (!stop.stop_requested()) {
        Policies policies;
        std::shared_ptr<const usage::UsageByPolicy> usage;
        {
            std::unique_lock lock{mutex_};
            wake_.wait_for(lock, stop, wait, [this] { return changed_; });
            if (stop.stop_requested()) return;
            changed_ = false;
            policies = policies_;
            usage = usage_;
        }
        wait = keepAll(policies, *usage);
    }
}

// Windows first: decisions wait for them after a start, and for nothing of the metering.
Duration LedgerRecorder::keepAll(const Policies& policies, const usage::UsageByPolicy& usage) {
    static const usage::PolicyUsage kNothing;
    const auto usageOf = [&](const WindowRecorder::Policy& policy) -> const usage::PolicyUsage& {
        const auto found = usage.find(policy->meta.name);
        return found == usage.end() ? kNothing : found->second;
    };
    const auto isDue = [this](const Attempts& attempts) { return attempts.isDue(clock_.steadyNow()); };
    for (const auto& policy : policies) {
        if (isDue(books_[policy->meta.name].windowAttempts)) keepWindows(policy, usageOf(policy).closed);
    }
    publish(policies);
    for (const auto& policy : policies) {
        if (isDue(books_[policy->meta.name].meteringAttempts)) keepMetering(policy, usageOf(policy).days);
        if (isDue(books_[policy->meta.name].statementAttempts)) keepStatements(policy);
    }
    publish(policies);
    Duration wait = kIdle;
    for (const auto& [name, books] : books_) {
        for (const Attempts& attempts : {books.windowAttempts, books.meteringAttempts, books.statementAttempts}) {
            if (attempts.delay == Duration{0}) continue;
            wait = std::min(wait, std::chrono::duration_cast<Duration>(attempts.next - clock_.steadyNow()));
        }
    }
    return std::max(wait, Duration{1000});
}

void LedgerRecorder::publish(const Policies& policies) {
    auto next = std::make_shared<RecordByPolicy>();
    for (const auto& policy : policies) {
        const Books& books = books_[policy->meta.name];
        PolicyRecord& record = (*next)[policy->meta.name] = books.windows.record();
        record.metering = books.metering.metering();
        record.statements = books.statements.statements();
        if (record.problem.empty()) record.problem = record.metering.problem;
    }
    std::erase_if(books_, [&](const auto& entry) { return !next->contains(entry.first); });
    {
        const std::lock_guard lock{mutex_};
        std::erase_if(notes_, [&](const auto& entry) { return !next->contains(entry.first); });
        if (std::equal(published_->begin(), published_->end(), next->begin(), next->end(), sameRecord)) return;
        published_ = std::move(next);
    }
    onChange_();
}

void LedgerRecorder::keepWindows(const WindowRecorder::Policy& policy, const treasury::ClosedUsage& usage) {
    const std::string& name = policy->meta.name;
    Books& books = books_[name];
    const std::string before = books.windows.record().problem;
    const auto close = [&](const api::Pool& pool, const treasury::TimeWindow& span) {
        const std::lock_guard lock{mutex_};
        const PendingWindows& notes = notes_[name].windows;
        return treasury::closeWindows(
            pool, span, usage, [&](Instant start) -> const treasury::Standings& { return notes.at(pool.name, start); });
    };
    const bool kept = keepGuarded([&] { return books.windows.keep(*ledger_, policy, close, clock_.now()); },
                                  [&](const Error& error) { books.windows.fail(error); });
    const PolicyRecord& record = books.windows.record();
    logProblem("windows", name, before, record.problem);
    settle(name, books.windowAttempts, kept, record.problem);
    const std::lock_guard lock{mutex_};
    for (const auto& [pool, until] : record.recordedUntil) notes_[name].windows.forget(pool, until);
}

void LedgerRecorder::keepMetering(const WindowRecorder::Policy& policy, const usage::MeteredDays& days) {
    const std::string& name = policy->meta.name;
    Books& books = books_[name];
    const std::string before = books.metering.metering().problem;
    const auto complete = [&](const treasury::MeteredDay& day) {
        const std::lock_guard lock{mutex_};
        return notes_[name].days.complete(day);
    };
    const Instant keepFrom = books.statements.statements().closedUntil.value_or(Instant{});
    const bool kept =
        keepGuarded([&] { return books.metering.keep(*ledger_, policy, days, complete, clock_.now(), keepFrom); },
                    [&](const Error& error) { books.metering.fail(error); });
    const Metering& metering = books.metering.metering();
    logProblem("metering", name, before, metering.problem);
    settle(name, books.meteringAttempts, kept, metering.problem);
    const std::lock_guard lock{mutex_};
    if (metering.meteredUntil) notes_[name].days.forget(*metering.meteredUntil);
}

// What is not recorded cannot be charged: statements wait where the chain or the windows are not known.
void LedgerRecorder::keepStatements(const WindowRecorder::Policy& policy) {
    Books& books = books_[policy->meta.name];
    if (books.metering.chain() == nullptr || !books.windows.record().known) return;
    const std::string before = books.statements.statements().problem;
    const bool kept = keepGuarded(
        [&] {
            return books.statements.keep(*ledger_, policy, *books.metering.chain(), books.windows.record(),
                                         clock_.now());
        },
        [&](const Error& error) { books.statements.fail(error); });
    const std::string& problem = books.statements.statements().problem;
    if (!kept) books.metering.fail(makeError(ErrorCode::Conflict, ""));
    logProblem("statements", policy->meta.name, before, problem);
    settle(policy->meta.name, books.statementAttempts, kept, problem);
}

bool LedgerRecorder::keepGuarded(const std::function<bool()>& keep,
                                 const std::function<void(const Error&)>& fail) const {
    const auto kept = guarded(onException_, [&]() -> Result<bool> { return keep(); });
    if (!kept) fail(kept.error());
    return kept && *kept;
}

void LedgerRecorder::settle(const std::string& policy, Attempts& attempts, bool kept, const std::string& problem) {
    if (!problem.empty() && onError_) onError_(policy);
    if (kept) {
        attempts = {};
    } else if (problem.empty()) {  // somebody else wrote
        attempts = {clock_.steadyNow() + kReadAgain, kReadAgain};
    } else {
        attempts.backOff(clock_.steadyNow(), kBookBackoff);
    }
}

}  // namespace bursar::reconcile
