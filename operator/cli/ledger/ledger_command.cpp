#include "operator/cli/ledger/ledger_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/ledger/copy_ledger.hpp"
#include "controllers/ledger/ledger_check.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;
using treasury::PoolTally;

// Appends an error; the exit code is the largest of all errors.
void addError(Answer& answer, std::string_view policy, const Error& error) {
    answer.err += fmt::format("bursar ledger: {}{}{}\n", policy, policy.empty() ? "" : ": ", error.message);
    answer.exitCode = std::max(answer.exitCode, exitCodeOf(error));
}

Answer failed(std::string_view policy, const Error& error) {
    Answer answer;
    addError(answer, policy, error);
    return answer;
}

Result<std::vector<std::string>> namesOf(ledger::Ledger& ledger, const LedgerOptions& options) {
    auto names = ledger.policies();
    if (!names || options.policy.empty()) return names;
    if (std::find(names->begin(), names->end(), options.policy) == names->end()) {
        return makeError(ErrorCode::NotFound, "the ledger has no records of it");
    }
    return std::vector{options.policy};
}

// A deleted policy, with its pools as in the ledger; its periods count as months.
api::AllocationPolicy deletedPolicy(const ledger::Chain& chain) {
    api::AllocationPolicy gone;
    gone.meta.name = chain.policy();
    std::map<std::string, api::BudgetWindow> pools;
    for (const PoolTally& entry : chain.entries()) pools[entry.pool] = entry.window;
    for (const auto& [name, window] : pools) {
        api::Pool pool;
        pool.name = name;
        pool.window = window;
        gone.pools.push_back(std::move(pool));
    }
    return gone;
}

}  // namespace

LedgerReport reportOf(const ledger::Chain& chain, const ledger::MeteringChain& metering,
                      const api::AllocationPolicy& policy, const std::string& team) {
    LedgerReport report;
    report.policy = chain.policy();
    report.records = static_cast<std::int64_t>(chain.records().size());
    report.meteredUntil = metering.meteredUntil();
    for (const auto& [period, sha256] : metering.statements()) report.statements.push_back(period);
    const std::vector<PoolTally> entries = chain.entries();
    std::map<std::string, std::int64_t> gaps;
    for (const PoolTally& entry : entries) gaps[entry.pool] += entry.gaps;
    for (const auto& [pool, until] : chain.recordedUntil()) report.pools.push_back({pool, until, gaps[pool]});
    for (const auto& [key, periods] : treasury::closedPeriods(policy, entries)) {
        if (!team.empty() && key.team != team) continue;
        for (const treasury::PeriodRecord& period : periods) report.rows.push_back({key.team, key.pool, period});
    }
    return report;
}

std::string renderTable(const std::vector<LedgerReport>& reports) {
    std::string text;
    for (const LedgerReport& report : reports) {
        for (const LedgerReport::Pool& pool : report.pools) {
            text += fmt::format("{}/{}: recorded until {}, {} windows unknown\n", report.policy, pool.name,
                                formatInstant(pool.recordedUntil), formatThousands(pool.gaps));
        }
        if (report.meteredUntil) {
            const std::string closed = fmt::format("{}", fmt::join(report.statements, ", "));
            text += fmt::format("{}: metered until {}; closed statements: {}\n", report.policy,
                                formatInstant(*report.meteredUntil), closed.empty() ? "none" : closed);
        }
        if (report.rows.empty()) continue;
        text += fmt::format("  {:<24} {:<16} {:<8} {:>20} {:>20} {:>10} {:>9}\n", "TEAM", "POOL", "PERIOD", "FORECAST",
                            "ACTUAL", "THROTTLED%", "WINDOWS");
        for (const LedgerReport::Row& row : report.rows) {
            text +=
                fmt::format("  {:<24} {:<16} {:<8} {:>20} {:>20} {:>10} {:>9}\n", row.team, row.pool, row.period.period,
                            formatThousands(meanForecast(row.period)), formatThousands(meanConsumed(row.period)),
                            throttledPercent(row.period), formatThousands(row.period.windows));
        }
    }
    return text;
}

std::string renderCsv(const std::vector<LedgerReport>& reports) {
    std::string text = "team,pool,period,forecast,actual,throttledPercent\n";
    for (const LedgerReport& report : reports) {
        for (const LedgerReport::Row& row : report.rows) {
            text += fmt::format("{},{},{},{},{},{}\n", row.team, row.pool, row.period.period, meanForecast(row.period),
                                meanConsumed(row.period), throttledPercent(row.period));
        }
    }
    return text;
}

nlohmann::json describe(const std::vector<LedgerReport>& reports) {
    nlohmann::json out = {{"policies", nlohmann::json::array()}};
    for (const LedgerReport& report : reports) {
        nlohmann::json policy = {{"name", report.policy},
                                 {"records", report.records},
                                 {"pools", nlohmann::json::array()},
                                 {"periods", nlohmann::json::array()},
                                 {"meteredUntil", nullptr},
                                 {"statements", report.statements}};
        if (report.meteredUntil) policy["meteredUntil"] = formatInstant(*report.meteredUntil);
        for (const LedgerReport::Pool& pool : report.pools) {
            policy["pools"].push_back(
                {{"name", pool.name}, {"recordedUntil", formatInstant(pool.recordedUntil)}, {"gaps", pool.gaps}});
        }
        for (const LedgerReport::Row& row : report.rows) {
            policy["periods"].push_back({{"team", row.team},
                                         {"pool", row.pool},
                                         {"period", row.period.period},
                                         {"forecast", meanForecast(row.period)},
                                         {"actual", meanConsumed(row.period)},
                                         {"throttledPercent", throttledPercent(row.period)},
                                         {"windows", row.period.windows}});
        }
        out["policies"].push_back(std::move(policy));
    }
    return out;
}

Answer runLedgerVerify(ledger::Ledger& ledger, const LedgerOptions& options) {
    const auto names = namesOf(ledger, options);
    if (!names) return failed(options.policy, names.error());
    Answer answer;
    if (names->empty()) answer.out = "the ledger has no records\n";
    for (const std::string& name : *names) {
        const ledger::LedgerCheck check = ledger::checkPolicy(ledger, name);
        for (const std::string& sentence : check.whole) answer.out += fmt::format("{}: {}\n", name, sentence);
        for (const std::string& note : check.notes) answer.out += fmt::format("{}: note: {}\n", name, note);
        for (const Error& problem : check.problems) addError(answer, name, problem);
    }
    return answer;
}

Answer runLedgerCopy(ledger::Ledger& from, ledger::Ledger& to, const LedgerOptions& options) {
    const auto names = namesOf(from, options);
    if (!names) return failed(options.policy, names.error());
    Answer answer;
    for (const std::string& name : *names) {
        if (const auto copied = ledger::copyPolicy(from, to, name); !copied) {
            addError(answer, name, copied.error());
        } else {
            answer.out += fmt::format("{}: copied\n", name);
        }
    }
    return answer;
}

Answer runLedgerShow(ledger::Ledger& ledger, const FindPolicy& findPolicy, const LedgerOptions& options) {
    const auto names = namesOf(ledger, options);
    if (!names) return failed(options.policy, names.error());
    if (options.format == "csv" && names->size() > 1) {
        return failed(
            "", makeError(ErrorCode::InvalidArgument, "CSV has no column for the policy; name one with --policy"));
    }
    std::vector<LedgerReport> reports;
    for (const std::string& name : *names) {
        const auto chain = ledger.read(name);
        if (!chain) return failed(name, chain.error());
        const auto metering = ledger.readMetering(name);
        if (!metering) return failed(name, metering.error());
        const auto policy = findPolicy(name);
        reports.push_back(reportOf(*chain, *metering, policy ? *policy : deletedPolicy(*chain), options.team));
    }
    if (options.format == "json") return {jsonText(describe(reports), 2) + "\n", "", 0};
    return {options.format == "csv" ? renderCsv(reports) : renderTable(reports), "", 0};
}

}  // namespace bursar::cli
