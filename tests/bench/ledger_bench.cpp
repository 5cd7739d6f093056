// What a ledger of two quarters costs in a store: 184 metered days of N teams with 4 models each.
//   bench_ledger kubernetes|postgresql TEAMS
// The first 183 days are committed at once; measured are the commit of the last one, as it is every night, and reading
// all of it back, as at every start. Servers by $KUBECONFIG and libpq's environment (tests/bench/ledger_bench.py).
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <pqxx/pqxx>

#include "controllers/ledger/open_ledger.hpp"

namespace {

using namespace bursar;
using SteadyClock = std::chrono::steady_clock;

constexpr int kDays = 184;
constexpr int kModels = 4;
constexpr const char* kNamespace = "bursar-system";

double secondsSince(SteadyClock::time_point start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

double peakMegabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

// Names of 15 characters, amounts of 6 to 8 digits.
treasury::MeteredDay dayOf(int index, int teams) {
    treasury::MeteredDay metered;
    metered.day = *parseInstant("2026-07-01T00:00:00Z") + std::chrono::hours{24 * index};
    for (int t = 0; t < teams; ++t) {
        treasury::MeteredTeam& team = metered.teams[fmt::format("department-{:04}", t)];
        team.costCenter = fmt::format("CC-{:04}", t % 500);
        for (int m = 0; m < kModels; ++m) {
            team.usage[{"chat", fmt::format("provider/model-{:02}", m)}] = {
                api::Tokens{12'345'678 + t * 17 + m + index}, api::Tokens{456'789 + m}, api::Tokens{1'345'678 + t}};
        }
    }
    return metered;
}

template <typename T>
T orExit(Result<T> result) {
    if (result) return std::move(*result);
    fmt::print(stderr, "bench_ledger: {}\n", result.error().message);
    std::exit(1);
}

std::string sizeInKubernetes(kube::Client& client) {
    const kube::Resource configMaps{"", "v1", "configmaps", "ConfigMap", true};
    const auto listed = orExit(client.list(configMaps, {kNamespace, "bursar.dev/metering", "", 500}));
    std::size_t bytes = 0;
    for (const kube::Json& object : listed.items) bytes += object.dump().size();
    return fmt::format("{} ConfigMaps, {:.1f} MB", listed.items.size(), static_cast<double>(bytes) / 1e6);
}

std::string sizeInPostgres() {
    pqxx::connection connection;
    pqxx::nontransaction asking{connection};
    const auto bytes = asking.exec1("SELECT pg_total_relation_size('bursar.record')")[0].as<std::int64_t>();
    const SteadyClock::time_point start = SteadyClock::now();
    asking.exec("SELECT cost_center, sum(tokens) FROM bursar.usage WHERE day >= '2026-12-01' GROUP BY 1");
    return fmt::format("{:.1f} MB on disk, a month by cost centre in SQL {:.2f} s", static_cast<double>(bytes) / 1e6,
                       secondsSince(start));
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        fmt::print(stderr, "usage: bench_ledger kubernetes|postgresql TEAMS\n");
        return 2;
    }
    ledger::LedgerPlace place;
    place.ns = kNamespace;
    std::shared_ptr<kube::Client> client;
    if (std::string_view{arguments[1]} == "postgresql") {
        place.store = ledger::LedgerStore::PostgreSql;
    } else {
        client = orExit(kube::Client::create(orExit(kube::loadConfig("", ""))));
    }
    const int teams = std::atoi(arguments[2]);
    const std::string policy = fmt::format("bench-{}", teams);
    const auto writer = openLedger(place, client, ledger::Access::ReadWrite);
    auto chain = orExit(writer->readMetering(policy));
    for (int day = 0; day < kDays - 1; ++day) chain.append(dayOf(day, teams));
    SteadyClock::time_point start = SteadyClock::now();
    if (auto first = writer->commit(chain); !first) orExit<int>(first.error());
    const double all = secondsSince(start);
    chain.append(dayOf(kDays - 1, teams));
    start = SteadyClock::now();
    if (auto last = writer->commit(chain); !last) orExit<int>(last.error());
    const double one = secondsSince(start);
    start = SteadyClock::now();
    const auto read = orExit(openLedger(place, client, ledger::Access::Read)->readMetering(policy));
    const double reading = secondsSince(start);
    fmt::print(
        "{} {} teams: {} records; a day committed in {:.2f} s (183 at once {:.1f} s), read and verified in "
        "{:.2f} s; {}; peak memory {:.0f} MB\n",
        arguments[1], teams, read.size(), one, all, reading, client ? sizeInKubernetes(*client) : sizeInPostgres(),
        peakMegabytes());
    return read.tip() == chain.tip() ? 0 : 1;
}
