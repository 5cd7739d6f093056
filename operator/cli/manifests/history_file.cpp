#include "operator/cli/manifests/history_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "operator/cli/text/csv.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/runtime/base/ascii.hpp"
#include "operator/runtime/base/bounded_text.hpp"

namespace bursar::cli {
namespace {

const std::vector<std::string> kColumns = {"team", "pool", "period", "forecast", "actual", "throttledPercent"};
constexpr std::size_t kMostDecimals = 6;
constexpr std::size_t kMostHistoryBytes = 64 << 20;  // a million rows

// A percentage as a fraction of windows. A record counts windows, but the file gives percentages: the number of windows
// is chosen so that the percentage is a whole number of them. 12.5 % is 125 of 1,000.
struct Share {
    std::int64_t part = 0;
    std::int64_t whole = 100;
};

std::optional<Share> parsePercent(std::string_view text) {
    const std::size_t point = text.find('.');
    std::string_view whole = text.substr(0, point);
    std::string_view decimals = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    const auto isDigits = [](std::string_view part) { return std::all_of(part.begin(), part.end(), isDigit); };
    if (whole.empty() || !isDigits(whole) || !isDigits(decimals)) return std::nullopt;
    if (point != std::string_view::npos && decimals.empty()) return std::nullopt;
    while (decimals.ends_with('0')) decimals.remove_suffix(1);
    while (whole.size() > 1 && whole.starts_with('0')) whole.remove_prefix(1);
    if (whole.size() > 3 || decimals.size() > kMostDecimals) return std::nullopt;
    Share share;
    for (const char c : whole) share.part = share.part * 10 + (c - '0');
    for (const char c : decimals) {
        share.part = share.part * 10 + (c - '0');
        share.whole *= 10;
    }
    return share.part > share.whole ? std::nullopt : std::optional{share};
}

class HistoryParser {
  public:
    HistoryParser(std::string file, Instant at) : file_(std::move(file)), at_(at) {}

    History parse(std::string_view text) {
        const std::vector<CsvRecord> records = readCsv(text);
        if (records.empty() || records.front().fields != kColumns) {
            line_ = records.empty() ? 1 : records.front().line;
            error(fmt::format("the first line must be {}", fmt::join(kColumns, ",")));
            return std::move(history_);
        }
        for (std::size_t i = 1; i < records.size(); ++i) readRow(records[i]);
        return std::move(history_);
    }

  private:
    void error(const std::string& message) { history_.errors.push_back({{file_, line_, 0}, message, {}}); }

    void readRow(const CsvRecord& record) {
        line_ = record.line;
        if (!record.error.empty()) return error(record.error);
        if (record.fields.size() != kColumns.size()) {
            return error(fmt::format("the row has {} columns; it needs {}: {}", record.fields.size(), kColumns.size(),
                                     fmt::join(kColumns, ",")));
        }
        const std::size_t before = history_.errors.size();
        HistoryRow row;
        row.place = {file_, line_, 0};
        row.team = readName("team", record.fields[0]);
        row.pool = readName("pool", record.fields[1]);
        row.period = readPeriod(record.fields[2]);
        const Share refused = readPercent(record.fields[5]);
        row.record.period = row.period.toString();
        row.record.windows = refused.whole;
        row.record.refusedWindows = refused.part;
        row.record.forecastSum = readAmount("forecast", record.fields[3]) * refused.whole;
        row.record.actualSum = readAmount("actual", record.fields[4]) * refused.whole;
        if (history_.errors.size() == before && isNew(row)) history_.rows.push_back(std::move(row));
    }

    std::string readName(const char* column, const std::string& text) {
        if (!api::isTeamName(text)) {
            error(fmt::format("{}: \"{}\" is not a name: lower-case letters, digits and '-', at most 63 of them",
                              column, printable(text)));
        }
        return text;
    }

    treasury::PlanningPeriod readPeriod(const std::string& text) {
        const auto period = treasury::parsePlanningPeriod(text);
        if (!period) {
            error(fmt::format("period: \"{}\" is not a period; write a quarter as 2026Q3 or a month as 2026-09",
                              printable(text)));
            return {};
        }
        const Instant end = period->span().end;
        if (end > at_) {
            error(fmt::format("period: {} ends at {}, after {}; only closed periods are held against forecasts", text,
                              formatInstant(end), formatInstant(at_)));
        }
        return *period;
    }

    api::Wide readAmount(const char* column, const std::string& text) {
        const auto amount = api::parseQuantity(std::string_view{text});
        if (!amount) error(fmt::format("{}: {}", column, printable(amount.error().message)));
        return amount ? *amount : 0;
    }

    Share readPercent(const std::string& text) {
        const auto share = parsePercent(text);
        if (!share) {
            error(fmt::format("throttledPercent: \"{}\" is not a percentage from 0 to 100 with at most {} decimals",
                              printable(text), kMostDecimals));
        }
        return share.value_or(Share{});
    }

    bool isNew(const HistoryRow& row) {
        const auto [first, added] = seen_.try_emplace({row.team, row.pool, row.period}, line_);
        if (added) return true;
        error(fmt::format("team \"{}\" has a row for pool \"{}\" and period {} on line {} already; keep one of them",
                          row.team, row.pool, row.record.period, first->second));
        return false;
    }

    const std::string file_;
    const Instant at_;
    int line_ = 1;
    std::map<std::tuple<std::string, std::string, treasury::PlanningPeriod>, int> seen_;
    History history_;
};

std::string_view kindOf(api::Period kind) { return kind == api::Period::Quarter ? "quarter" : "month"; }

// The policies in which a team takes part in a pool, by pool and team.
using Takers = std::map<std::pair<std::string_view, std::string_view>, std::vector<const api::AllocationPolicy*>>;

Takers takersOf(const treasury::World& world) {
    std::map<std::string_view, const api::AllocationPolicy*> policies;
    for (const auto& policy : world.policies) policies[policy->meta.name] = policy.get();
    Takers takers;
    for (const auto& quota : world.quotas) {
        const auto policy = policies.find(quota->policy);
        if (policy == policies.end()) continue;
        for (const api::Request& request : quota->requests) {
            auto& of = takers[{request.pool, quota->team}];
            if (std::find(of.begin(), of.end(), policy->second) == of.end()) of.push_back(policy->second);
        }
    }
    return takers;
}

api::ManifestError wrongKind(const HistoryRow& row, const api::AllocationPolicy& policy) {
    return {row.place,
            fmt::format("period: {} is a {}, but AllocationPolicy \"{}\" plans by the {}; write {}", row.record.period,
                        kindOf(row.period.kind), policy.meta.name, kindOf(policy.period),
                        policy.period == api::Period::Quarter ? "2026Q3" : "2026-09"),
            {}};
}

// `gaps`: teams whose newest period is not the last closed one, by that last closed period.
std::vector<std::string> describeGaps(const std::map<std::string, std::vector<std::string>>& gaps) {
    std::vector<std::string> notes;
    notes.reserve(gaps.size());
    for (const auto& [expected, teams] : gaps) {
        notes.push_back(fmt::format("the history has no {} for {}{}; the newest period it has stands for it", expected,
                                    teams.front(),
                                    teams.size() == 1 ? std::string{} : fmt::format(" and {} more", teams.size() - 1)));
    }
    return notes;
}

}  // namespace

History parseHistory(std::string_view text, const std::string& file, Instant at) {
    return HistoryParser{file, at}.parse(text);
}

Result<History> readHistoryFile(const std::string& file, Instant at) {
    std::ifstream in{file, std::ios::binary};
    if (!in || std::filesystem::is_directory(file)) {
        return makeError(ErrorCode::NotFound, fmt::format("{}: there is no such file, or it cannot be read", file));
    }
    const auto text = readBounded(in, kMostHistoryBytes);
    if (!text) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("{}: is larger than {} MiB, which no history is", file, kMostHistoryBytes >> 20));
    }
    return parseHistory(*text, file, at);
}

HistoryFindings applyHistory(const History& history, Instant at, treasury::World& world) {
    HistoryFindings findings;
    std::vector<const HistoryRow*> newestFirst;
    for (const HistoryRow& row : history.rows) newestFirst.push_back(&row);
    // The periods of one record are of one kind, so year and number order them.
    std::stable_sort(newestFirst.begin(), newestFirst.end(), [](const auto* a, const auto* b) {
        return std::tie(b->period.year, b->period.number) < std::tie(a->period.year, a->period.number);
    });
    const Takers takers = takersOf(world);
    const treasury::PlanningPeriod lastQuarter = treasury::lastClosedPeriod(api::Period::Quarter, at);
    const treasury::PlanningPeriod lastMonth = treasury::lastClosedPeriod(api::Period::Month, at);
    std::map<std::string, std::vector<std::string>> gaps;
    std::map<treasury::RecordKey, std::vector<treasury::PeriodRecord>> records;
    for (const HistoryRow* row : newestFirst) {
        const auto of = takers.find({row->pool, row->team});
        if (of == takers.end()) continue;
        bool taken = false;
        for (const api::AllocationPolicy* policy : of->second) {
            if (policy->period != row->period.kind) continue;
            taken = true;
            auto& record = records[{policy->meta.name, row->pool, row->team}];
            const treasury::PlanningPeriod& expected = policy->period == api::Period::Quarter ? lastQuarter : lastMonth;
            if (record.empty() && row->period != expected) {
                gaps[expected.toString()].push_back(
                    fmt::format("{} in {}/{} ({})", row->team, policy->meta.name, row->pool, row->record.period));
            }
            record.push_back(row->record);
        }
        if (!taken) findings.errors.push_back(wrongKind(*row, *of->second.front()));
    }
    for (auto& [key, record] : records) world.record[key] = std::move(record);
    findings.notes = describeGaps(gaps);
    return findings;
}

}  // namespace bursar::cli
