#include "controllers/reconcile/record/statement_closer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/ledger/statement_days.hpp"
#include "controllers/ledger/statement_json.hpp"
#include "operator/runtime/base/sha256.hpp"

namespace bursar::reconcile {
namespace {

using treasury::PlanningPeriod;

// Says which part of the period is not recorded yet; empty if all of it is.
std::string missing(const api::AllocationPolicy& policy, const ledger::MeteringChain& chain, const PolicyRecord& record,
                    const PlanningPeriod& period) {
    const Instant end = period.span().end;
    if (chain.meteredUntil().value_or(Instant{}) < end) {
        return fmt::format("usage is recorded until {}; the rest waits for the usage source (see UsageFresh)",
                           formatInstant(chain.meteredUntil().value_or(Instant{})));
    }
    for (const api::Pool& pool : policy.pools) {
        const auto until = record.recordedUntil.find(pool.name);
        if (until == record.recordedUntil.end() || until->second >= end) continue;
        return fmt::format("windows of pool \"{}\" are recorded until {} (see RecordUpToDate)", pool.name,
                           formatInstant(until->second));
    }
    return "";
}

ClosedStatement summaryOf(const treasury::Statement& statement, const std::string& body) {
    return {statement.period.toString(), sha256Of(body), statement.issuedAt, statement.currency,
            totalOf(statement).amount};
}

}  // namespace

bool StatementCloser::closeDue(ledger::Ledger& ledger, const WindowRecorder::Policy& policy,
                               ledger::MeteringChain& chain, const PolicyRecord& record, Instant now) {
    statements_.waitingFor.clear();
    statements_.problem.clear();
    while (const auto period = ledger::nextToClose(*policy, chain, now)) {
        if (now < treasury::closesAt(*policy, *period)) break;
        statements_.waitingFor = missing(*policy, chain, record, *period);
        if (!statements_.waitingFor.empty()) {
            statements_.waitingFor =
                fmt::format("the statement of {} is due: {}", period->toString(), statements_.waitingFor);
            break;
        }
        if (!closeNext(ledger, *policy, chain, record, *period)) return false;
    }
    return learn(ledger, policy->meta.name, chain);
}

bool StatementCloser::closeNext(ledger::Ledger& ledger, const api::AllocationPolicy& policy,
                                ledger::MeteringChain& chain, const PolicyRecord& record,
                                const PlanningPeriod& period) {
    const ledger::StatementName name{policy.meta.name, period.toString()};
    auto body = ledger.statement(name);
    if (!body && !body.error().isNotFound()) return fail(body.error());
    if (!body) {
        body = bodyOf(ledger, policy, chain, record, period);
        if (!body) return fail(body.error());
        // Another leader may have stored one in between: the next attempt reads it.
        if (auto kept = ledger.keepStatement(name, *body); !kept) return fail(kept.error());
    }
    chain.close({name.period, sha256Of(*body)});
    if (auto committed = ledger.commit(chain); !committed) return fail(committed.error());
    return true;
}

Result<std::string> StatementCloser::bodyOf(ledger::Ledger& ledger, const api::AllocationPolicy& policy,
                                            const ledger::MeteringChain& chain, const PolicyRecord& record,
                                            const PlanningPeriod& period) {
    const treasury::UsageSums usage = ledger::sumUsage(policy, chain, ledger::daysOf(period, chain));
    treasury::StatementInputs inputs{policy, period, usage, {}};
    if (record.periods) inputs.record = *record.periods;
    const auto last = ledger::correctedWith(period, chain);
    if (!last) return ledger::bodyOf(closeStatement(inputs));
    const auto kept = ledger.statement({policy.meta.name, last->toString()});
    if (!kept) return kept.error();
    const auto before = ledger::statementOf(*kept);
    if (!before) return before.error();
    const treasury::UsageSums usageBefore = ledger::sumUsage(policy, chain, ledger::daysOf(*last, chain));
    inputs.before = &*before;
    inputs.usageBefore = &usageBefore;
    return ledger::bodyOf(closeStatement(inputs));
}

// Reads the closed statements that were not read before.
bool StatementCloser::learn(ledger::Ledger& ledger, const std::string& policy, const ledger::MeteringChain& chain) {
    std::vector<std::pair<Instant, std::string>> periods;
    for (const auto& [name, hash] : chain.statements()) {
        const auto period = treasury::parsePlanningPeriod(name);
        if (period) periods.emplace_back(period->span().end, name);
    }
    std::sort(periods.begin(), periods.end());
    if (periods.size() > kStatementsShown) periods.erase(periods.begin(), periods.end() - kStatementsShown);
    std::vector<ClosedStatement> closed;
    for (const auto& [end, name] : periods) {
        if (!known_.contains(name)) {
            const auto body = ledger.statement({policy, name});
            if (!body) return fail(body.error());
            if (sha256Of(*body) != chain.statements().at(name)) {
                statements_.problem = fmt::format(
                    "the statement of {} was changed after it was closed: its SHA-256 is not the one "
                    "on the chain; restore it from a backup (`bursar ledger verify`)",
                    name);
                continue;
            }
            const auto statement = ledger::statementOf(*body);
            if (!statement) return fail(statement.error());
            known_[name] = summaryOf(*statement, *body);
        }
        closed.push_back(known_.at(name));
    }
    statements_.closed = std::move(closed);
    if (!periods.empty()) statements_.closedUntil = periods.back().first;
    statements_.known = true;
    return true;
}

bool StatementCloser::fail(const Error& error) {
    statements_.problem = error.isConflict() || error.isAlreadyExists() ? "" : error.message;
    return false;
}

}  // namespace bursar::reconcile
