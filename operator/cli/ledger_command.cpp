#include "operator/cli/ledger_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/reconcile/resources.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;
using treasury::PoolTally;

int complain(std::string_view policy, const Error& error) {
    fmt::print(stderr, "bursar ledger: {}{}{}\n", policy, policy.empty() ? "" : ": ", error.message);
    return error.code == ErrorCode::Internal ? 2 : 1;
}

Result<std::vector<std::string>> namesOf(ledger::Ledger& ledger, const LedgerOptions& options) {
    auto names = ledger.policies();
    if (!names || options.policy.empty()) return names;
    if (std::find(names->begin(), names->end(), options.policy) == names->end()) {
        return makeError(ErrorCode::NotFound, fmt::format("nothing is recorded in namespace \"{}\"", options.ns));
    }
    return std::vector{options.policy};
}

// The policy as it is now. Of one that is gone the ledger itself says what pools it had; periods are months then.
api::AllocationPolicy policyOf(kube::Client& client, const ledger::Chain& chain) {
    const auto object = client.get(reconcile::allocationPolicies(), {"", chain.policy()});
    if (object) return api::parseAllocationPolicy(*object);
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

LedgerReport reportOf(const ledger::Chain& chain, const api::AllocationPolicy& policy, const std::string& team) {
    LedgerReport report{chain.policy(), static_cast<std::int64_t>(chain.records().size()), {}, {}};
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
            text += fmt::format("{}/{}: recorded until {}, {} windows could not be had\n", report.policy, pool.name,
                                formatInstant(pool.recordedUntil), formatThousands(pool.gaps));
        }
        if (report.rows.empty()) continue;
        text += fmt::format("  {:<24} {:<16} {:<8} {:>20} {:>20} {:>10} {:>9}\n", "TEAM", "POOL", "PERIOD", "FORECAST",
                            "ACTUAL", "THROTTLED%", "WINDOWS");
        for (const LedgerReport::Row& row : report.rows) {
            text += fmt::format("  {:<24} {:<16} {:<8} {:>20} {:>20} {:>10} {:>9}\n", row.team, row.pool,
                                row.period.period, formatThousands(meanForecast(row.period)),
                                formatThousands(meanConsumed(row.period)), throttledPercent(row.period),
                                formatThousands(row.period.windows));
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
                                 {"periods", nlohmann::json::array()}};
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

int runLedgerVerify(const std::shared_ptr<kube::Client>& client, const LedgerOptions& options) {
    ledger::KubernetesLedger ledger{client, options.ns};
    const auto names = namesOf(ledger, options);
    if (!names) return complain(options.policy, names.error());
    int code = 0;
    for (const std::string& name : *names) {
        const auto chain = ledger.read(name);
        if (!chain) {
            code = std::max(code, complain(name, chain.error()));
            continue;
        }
        fmt::print("{}: {} records are whole, up to record {} ({})\n", name, chain->records().size(), chain->tip().seq,
                   chain->tip().hash);
    }
    return code;
}

int runLedgerShow(const std::shared_ptr<kube::Client>& client, const LedgerOptions& options) {
    ledger::KubernetesLedger ledger{client, options.ns};
    const auto names = namesOf(ledger, options);
    if (!names) return complain(options.policy, names.error());
    if (options.format == "csv" && names->size() > 1) {
        return complain("", makeError(ErrorCode::InvalidArgument,
                                      "rows of several policies cannot be told apart in CSV; name one with --policy"));
    }
    std::vector<LedgerReport> reports;
    for (const std::string& name : *names) {
        const auto chain = ledger.read(name);
        if (!chain) return complain(name, chain.error());
        reports.push_back(reportOf(*chain, policyOf(*client, *chain), options.team));
    }
    if (options.format == "json") {
        fmt::print("{}\n", describe(reports).dump(2));
    } else {
        fmt::print("{}", options.format == "csv" ? renderCsv(reports) : renderTable(reports));
    }
    return 0;
}

}  // namespace bursar::cli
