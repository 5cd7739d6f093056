// A statement over a quarter: the records of 92 days are read (verified, decoded), summed, priced and written as JSON.
//   bench_statement [TEAMS]     (default 10,000 teams of 20 models each)
// Records are made one day at a time and are not in the figures; the memory is the process's peak beyond that before.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>

#include "controllers/ledger/metering_chain.hpp"
#include "controllers/ledger/statement_json.hpp"
#include "controllers/treasury/chargeback/prices.hpp"

namespace {

using namespace bursar;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

const treasury::PlanningPeriod kQuarter{api::Period::Quarter, 2026, 4};
constexpr int kModels = 20;
constexpr std::size_t kSliceBytes = 256 << 10;

double peakMegabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

treasury::MeteredDay dayOf(Instant day, int teams) {
    treasury::MeteredDay metered;
    metered.day = day;
    for (int t = 0; t < teams; ++t) {
        treasury::MeteredTeam& team = metered.teams[fmt::format("team-{:05}", t)];
        team.costCenter = fmt::format("CC-{:04}", t % 500);
        for (int m = 0; m < kModels; ++m) {
            team.usage[{"chat", fmt::format("provider/model-{:02}", m)}] = {
                api::Tokens{123'456 + t * 17 + m}, api::Tokens{45'678 + m}, api::Tokens{34'567 + t}};
        }
    }
    return metered;
}

api::AllocationPolicy policyOf() {
    api::AllocationPolicy policy;
    policy.meta.name = "main";
    policy.period = api::Period::Quarter;
    policy.pricing.currency = "EUR";
    const Instant year = *parseInstant("2026-01-01T00:00:00Z");
    for (int m = 0; m < kModels; ++m) {
        policy.pricing.models.push_back({fmt::format("provider/model-{:02}*", m), year, api::Price{2'500'000'000 + m},
                                         api::Price{1'250'000'000}, api::Price{10'000'000'000}});
    }
    return policy;
}

}  // namespace

int main(int argc, char** argv) {
    const int teams = argc > 1 ? std::atoi(argv[1]) : 10'000;
    const api::AllocationPolicy policy = policyOf();
    treasury::UsageSums sums{treasury::priceSpans(policy.pricing, kQuarter.span())};
    Milliseconds reading{0};
    std::size_t bytes = 0;
    double before = 0;
    for (Instant day = kQuarter.span().start; day < kQuarter.span().end; day += std::chrono::hours{24}) {
        std::vector<std::string> lines;
        for (auto& slice : ledger::sliced(dayOf(day, teams), kSliceBytes)) {
            ledger::MeteringRecord record;
            record.policy = "main";
            record.day = treasury::rowsOf(slice);
            lines.push_back(ledger::seal(record).line);
        }
        if (before == 0) before = peakMegabytes();
        const auto started = Clock::now();
        for (const std::string& line : lines) {
            bytes += line.size();
            const auto record = ledger::unsealMetering(line);
            if (!record) return 1;
            sums.add(*record->day);
        }
        reading += Clock::now() - started;
    }
    auto started = Clock::now();
    const treasury::Statement statement = treasury::closeStatement({policy, kQuarter, sums, {}});
    const Milliseconds pricing = Clock::now() - started;
    started = Clock::now();
    const std::string body = ledger::bodyOf(statement);
    const Milliseconds writing = Clock::now() - started;
    fmt::print(
        "statement of {} teams x {} models x 92 days ({} figures a day in {:.1f} MB of records): read and summed "
        "{:.0f} ms, "
        "priced {:.0f} ms ({} lines), written {:.0f} ms ({:.1f} MB); together {:.2f} s, {:.0f} MB above the making of "
        "records\n",
        teams, kModels, teams * kModels * 3, static_cast<double>(bytes) / 1e6, reading.count(), pricing.count(),
        statement.lines.size(), writing.count(), static_cast<double>(body.size()) / 1e6,
        (reading + pricing + writing).count() / 1000.0, peakMegabytes() - before);
    return 0;
}
