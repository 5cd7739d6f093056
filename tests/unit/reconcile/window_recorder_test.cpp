// Recording closed windows: what is pending, the recorder of one policy, and the thread around it.
#include <catch2/catch.hpp>

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/reconcile/record/recorder.hpp"
#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using api::BudgetWindow;
using api::Tokens;
using bursar::testing::FakeClient;
using bursar::testing::makePolicy;
using bursar::testing::makeQuota;
using std::chrono::hours;
using std::chrono::minutes;
using treasury::Standings;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

Standings standing(std::int64_t forecast) { return {{"search", {Tokens{forecast}, Tokens{forecast}, Instant{}}}}; }

std::shared_ptr<const api::AllocationPolicy> policyWith(BudgetWindow window, bool usage = true) {
    auto made = makePolicy().pool("chat", 1'000'000);
    made.raw().pools[0].window = window;
    if (usage) made.raw().usageType = api::UsageType::Prometheus;
    return made;
}

// A usage source that was asked from `asked` on and is beyond `until`; the team consumed 7 in every window.
treasury::ClosedUsage usageUntil(Instant asked, Instant until, BudgetWindow window) {
    treasury::ClosedUsage usage;
    usage.reach["chat"] = {asked, asked, until};
    for (auto span = treasury::windowAt(asked, window); span.end <= until;
         span = treasury::windowAt(span.end, window)) {
        usage.lines[{"chat", "search", span.start}] = {Tokens{7}, false};
    }
    return usage;
}

// The recorder of one policy on a fake API server, with a usage source and one standing.
struct Office {
    std::shared_ptr<FakeClient> client = std::make_shared<FakeClient>();
    ledger::KubernetesLedger ledger{client, "bursar-system"};
    WindowRecorder recorder;
    treasury::ClosedUsage usage;
    Standings standings = standing(100);

    bool update(const WindowRecorder::Policy& policy, Instant now) {
        const auto close = [this](const api::Pool& pool, const treasury::TimeWindow& span) {
            return treasury::closeWindows(pool, span, usage, [this](Instant) -> const Standings& { return standings; });
        };
        return recorder.update(ledger, policy, close, now);
    }
    treasury::Tally recorded() {
        treasury::Tally sum;
        for (const auto& entry : ledger.read("main")->entries()) {
            for (const auto& [team, tally] : entry.teams) sum += tally;
        }
        return sum;
    }
};

}  // namespace

TEST_CASE("a window has the last values of it, and every team that had a quota in it") {
    PendingWindows pending;
    CHECK(pending.at("chat", kDay).empty());
    pending.add("chat", kDay, standing(100));
    pending.add("chat", kDay, standing(200));
    pending.add("chat", kDay, {});  // its TeamQuota was deleted in the window
    pending.add("chat", kDay + minutes{3}, standing(300));
    CHECK(pending.at("chat", kDay).at("search").forecast == Tokens{200});
    CHECK(pending.at("chat", kDay + minutes{1}).at("search").forecast == Tokens{300});  // no decision: what came next
    CHECK(pending.at("chat", kDay + minutes{9}).at("search").forecast == Tokens{300});
    CHECK(pending.at("embed", kDay).empty());
    pending.forget("chat", kDay + hours{1});
    CHECK(pending.at("chat", kDay).at("search").forecast == Tokens{300});
}

TEST_CASE("the first sight of a pool marks where its record begins, so that a crash before its end loses nothing") {
    Office office;
    REQUIRE(office.update(policyWith(BudgetWindow::Hour), kDay + minutes{90}));
    CHECK(office.recorder.record().recordedUntil.at("chat") == kDay + hours{1});
    ledger::KubernetesLedger ledger{office.client, "bursar-system"};  // of another process, later
    CHECK(ledger.read("main")->recordedUntil().at("chat") == kDay + hours{1});
}

TEST_CASE("a closed window is recorded once, day by day, however often update() is called") {
    Office office;
    const auto policy = policyWith(BudgetWindow::Hour);
    REQUIRE(office.update(policy, kDay));
    office.usage = usageUntil(kDay, kDay + hours{60}, BudgetWindow::Hour);
    for (int i = 0; i < 3; ++i) REQUIRE(office.update(policy, kDay + hours{60} + minutes{1}));
    CHECK(office.recorded() == treasury::Tally{6000, 6000, 420, 60, 0});
    CHECK(office.ledger.read("main")->records().size() == 3);  // two days and the open one
    const int writes = office.client->writes();
    REQUIRE(office.update(policy, kDay + hours{60} + minutes{2}));
    CHECK(office.client->writes() == writes);  // nothing is due, nothing is written
}

TEST_CASE("a commit that failed is made again from what is stored, and what was published stays") {
    Office office;
    const auto policy = policyWith(BudgetWindow::Minute);
    REQUIRE(office.update(policy, kDay));
    office.usage = usageUntil(kDay, kDay + minutes{2}, BudgetWindow::Minute);
    office.client->failNextWrite(makeError(ErrorCode::Unavailable, "etcd is away"));
    CHECK_FALSE(office.update(policy, kDay + minutes{3}));
    CHECK(office.recorder.record().problem == "etcd is away");
    CHECK(office.recorder.record().known);
    CHECK(office.recorder.record().recordedUntil.at("chat") == kDay);
    office.client->failNextWrite(makeError(ErrorCode::Conflict, "changed in between"));
    CHECK_FALSE(office.update(policy, kDay + minutes{3}));
    CHECK(office.recorder.record().problem.empty());  // another leader wrote: no trouble, read again
    REQUIRE(office.update(policy, kDay + minutes{3}));
    CHECK(office.recorded() == treasury::Tally{200, 200, 14, 2, 0});
}

TEST_CASE("a source that is silent delays the record; one that was not asked yet concludes nothing") {
    Office office;
    const auto policy = policyWith(BudgetWindow::Minute);
    REQUIRE(office.update(policy, kDay));
    REQUIRE(office.update(policy, kDay + hours{5}));
    office.usage = usageUntil(kDay + hours{1}, kDay + hours{5}, BudgetWindow::Minute);
    REQUIRE(office.update(policy, kDay + hours{5}));
    CHECK(office.recorded().windows == 0);
}

TEST_CASE("recent baselines follow each window that is closed, and are there again after a restart") {
    Office office;
    const auto policy = policyWith(BudgetWindow::Hour);
    const std::pair<std::string, std::string> searchInChat{"chat", "search"};
    REQUIRE(office.update(policy, kDay));
    CHECK(office.recorder.record().baselines->empty());
    office.usage = usageUntil(kDay, kDay + hours{3}, BudgetWindow::Hour);
    REQUIRE(office.update(policy, kDay + hours{3} + minutes{1}));
    CHECK(office.recorder.record().baselines->at(searchInChat) == treasury::RecentBaseline{Tokens{100}, 3});
    office.standings = standing(400);
    office.usage = usageUntil(kDay + hours{3}, kDay + hours{4}, BudgetWindow::Hour);
    REQUIRE(office.update(policy, kDay + hours{4} + minutes{1}));
    const treasury::RecentBaseline mean{Tokens{175}, 4};  // (3 · 100 + 400) / 4
    CHECK(office.recorder.record().baselines->at(searchInChat) == mean);
    office.recorder = WindowRecorder{};
    REQUIRE(office.update(policy, kDay + hours{4} + minutes{1}));
    CHECK(office.recorder.record().baselines->at(searchInChat) == mean);
}

TEST_CASE("a pool whose windows change goes on with whole ones, without a window twice or a standstill") {
    Office office;
    REQUIRE(office.update(policyWith(BudgetWindow::Minute), kDay + hours{13}));
    office.usage = usageUntil(kDay + hours{13}, kDay + hours{13} + minutes{5}, BudgetWindow::Minute);
    REQUIRE(office.update(policyWith(BudgetWindow::Minute), kDay + hours{13} + minutes{6}));
    office.usage = usageUntil(kDay + hours{13} + minutes{5}, kDay + hours{48}, BudgetWindow::Day);
    office.usage.reach["chat"].asked = kDay + hours{13} + minutes{5};
    REQUIRE(office.update(policyWith(BudgetWindow::Day), kDay + hours{49}));
    CHECK(office.recorded().windows == 5 + 1);
    CHECK(office.recorder.record().recordedUntil.at("chat") == kDay + hours{48});
}

TEST_CASE("a policy without a usage source keeps the history it has") {
    Office office;
    const Instant october = *parseInstant("2026-10-01T00:00:00Z");
    REQUIRE(office.update(policyWith(BudgetWindow::Day), october));
    office.usage = usageUntil(october, kDay, BudgetWindow::Day);
    REQUIRE(office.update(policyWith(BudgetWindow::Day), kDay));
    REQUIRE(office.update(policyWith(BudgetWindow::Day, false), kDay + hours{72}));
    const auto& periods = *office.recorder.record().periods;
    REQUIRE(periods.at({"main", "chat", "search"}).size() == 1);
    CHECK(periods.at({"main", "chat", "search"})[0].windows == 31);
    CHECK(office.recorded().windows == 31 + 23);
}

TEST_CASE("from a closed window to a haircut that is enforced") {
    Office office;
    const Instant october = *parseInstant("2026-10-01T00:00:00Z");
    auto policy = makePolicy().pool("chat", 1'000'000).enforce(api::Enforcement::Enforced);
    policy.raw().usageType = api::UsageType::Prometheus;
    const WindowRecorder::Policy shared = policy;
    REQUIRE(office.update(shared, october));
    office.standings = standing(10);  // 7 of 10 used: e = 30, over = 30 + 0.5 · 10 = 35
    office.usage = usageUntil(october, kDay, BudgetWindow::Day);
    REQUIRE(office.update(shared, kDay));
    treasury::World world;
    world.policies = {shared};
    world.quotas = {makeQuota("search").forecast("chat", 1000)};
    world.record = *office.recorder.record().periods;
    const auto decisions = treasury::decide(world, kDay);
    const treasury::Rationale& rationale = decisions.quotas[0].budgets[0].rationale;
    CHECK(rationale.history == 7);
    CHECK(rationale.haircutPercent == 35);
    CHECK(rationale.credibleForecast == 650);
    CHECK(rationale.claim == (7 + 650) / 2);
    CHECK(decisions.quotas[0].budgets[0].forecastRecord.at(0).period == "2026-10");
}

TEST_CASE("the ledger is read before anything is decided; what was decided is recorded and published") {
    const auto client = std::make_shared<FakeClient>();
    const ManualClock clock{kDay + minutes{1}};
    std::mutex mutex;
    std::condition_variable changed;
    int changes = 0;
    LedgerRecorder ledgerRecorder{std::make_unique<ledger::KubernetesLedger>(client, "bursar-system"), clock, [&] {
                                      const std::lock_guard lock{mutex};
                                      ++changes;
                                      changed.notify_all();
                                  }};
    const auto until = [&](const std::function<bool()>& done) {
        std::unique_lock lock{mutex};
        return changed.wait_for(lock, std::chrono::seconds{20}, done);
    };
    treasury::World world;
    world.policies = {policyWith(BudgetWindow::Minute)};
    world.quotas = {makeQuota("search").forecast("chat", 500)};
    ledgerRecorder.follow(world.policies);
    REQUIRE(until([&] { return ledgerRecorder.hasTriedAll(); }));
    REQUIRE(until([&] { return ledgerRecorder.snapshot()->at("main").recordedUntil.contains("chat"); }));
    auto usage = std::make_shared<usage::UsageByPolicy>();
    (*usage)["main"].closed = usageUntil(kDay + minutes{1}, kDay + minutes{2}, BudgetWindow::Minute);
    ledgerRecorder.record(world, treasury::decide(world, clock.now()), usage);
    REQUIRE(until([&] { return ledgerRecorder.snapshot()->at("main").recordedUntil.at("chat") == kDay + minutes{2}; }));
    ledgerRecorder.stop();
    ledger::KubernetesLedger ledger{client, "bursar-system"};
    const auto entries = ledger.read("main")->entries();
    REQUIRE_FALSE(entries.empty());
    CHECK(entries.back().teams.at("search") == treasury::Tally{500, 500, 7, 1, 0});
}

TEST_CASE("metered days are recorded beside the windows, with what was decided on them") {
    const auto client = std::make_shared<FakeClient>();
    const ManualClock clock{kDay + minutes{1}};
    std::mutex mutex;
    std::condition_variable changed;
    LedgerRecorder ledgerRecorder{std::make_unique<ledger::KubernetesLedger>(client, "bursar-system"), clock, [&] {
                                      const std::lock_guard lock{mutex};
                                      changed.notify_all();
                                  }};
    const auto meteredUntil = [&](Instant until) {
        std::unique_lock lock{mutex};
        return changed.wait_for(lock, std::chrono::seconds{20}, [&] {
            const auto records = ledgerRecorder.snapshot();
            const auto found = records->find("main");
            return found != records->end() && found->second.metering.meteredUntil == until;
        });
    };
    treasury::World world;
    world.policies = {policyWith(BudgetWindow::Day)};
    auto quota = std::make_shared<api::TeamQuota>(
        *static_cast<std::shared_ptr<const api::TeamQuota>>(makeQuota("search").forecast("chat", 500)));
    quota->costCenter = "CC-1";
    world.quotas = {quota};
    ledgerRecorder.follow(world.policies);
    REQUIRE(meteredUntil(kDay));
    treasury::MeteredDay day{kDay, {}, {}, {}, {}};
    day.teams["search"].usage[{"chat", "gpt-4o"}].output = Tokens{9};
    auto usage = std::make_shared<usage::UsageByPolicy>();
    (*usage)["main"].days.closed = {std::make_shared<const treasury::MeteredDay>(day)};
    ledgerRecorder.record(world, treasury::decide(world, clock.now()), usage);
    REQUIRE(meteredUntil(kDay + hours{24}));
    ledgerRecorder.stop();
    CHECK(ledgerRecorder.snapshot()->at("main").metering.toDate->teams().at("search").at(0).costCenter == "CC-1");
    std::vector<treasury::MeteredDay> recorded;
    ledger::KubernetesLedger ledger{client, "bursar-system"};
    ledger.readMetering("main")->forEachDay({kDay, kDay + hours{24}}, [&](const treasury::MeteredRows& read) {
        recorded.push_back(treasury::dayOf(read));
    });
    day.teams["search"].costCenter = "CC-1";
    day.reserves["chat"] = {};
    CHECK(recorded == std::vector<treasury::MeteredDay>{day});
}

TEST_CASE("a ledger that cannot be read is reported, and delays nothing") {
    const auto client = std::make_shared<FakeClient>();
    client->onNextList(makeError(ErrorCode::Forbidden, "no right to list configmaps"));
    const ManualClock clock{kDay};
    std::mutex mutex;
    std::condition_variable changed;
    LedgerRecorder ledgerRecorder{std::make_unique<ledger::KubernetesLedger>(client, "bursar-system"), clock, [&] {
                                      const std::lock_guard lock{mutex};
                                      changed.notify_all();
                                  }};
    ledgerRecorder.follow({policyWith(BudgetWindow::Minute)});
    std::unique_lock lock{mutex};
    REQUIRE(changed.wait_for(lock, std::chrono::seconds{20}, [&] { return ledgerRecorder.hasTriedAll(); }));
    CHECK(ledgerRecorder.snapshot()->at("main").problem == "no right to list configmaps");
    CHECK_FALSE(ledgerRecorder.snapshot()->at("main").known);
    lock.unlock();
    ledgerRecorder.stop();
}

TEST_CASE("a recorder that throws reports it, and delays neither the others nor decisions") {
    auto client = std::make_shared<FakeClient>();
    const SystemClock clock;
    std::mutex mutex;
    std::condition_variable changed;
    std::atomic<int> reports = 0;
    client->throwAtNextWrite("boom");
    LedgerRecorder keeper{std::make_unique<ledger::KubernetesLedger>(client, "bursar-system"),
                          clock,
                          [&] {
                              const std::lock_guard lock{mutex};
                              changed.notify_all();
                          },
                          {},
                          [&](const std::string&) { ++reports; }};
    auto other = makePolicy("other").pool("chat", 1'000'000);
    other.raw().usageType = api::UsageType::Prometheus;
    keeper.follow({policyWith(BudgetWindow::Minute), other});
    std::unique_lock lock{mutex};
    REQUIRE(changed.wait_for(lock, std::chrono::seconds{20}, [&] { return keeper.hasTriedAll(); }));
    CHECK(keeper.snapshot()->at("main").problem == "a defect of Bursar, please report it: boom");
    CHECK(keeper.snapshot()->at("other").problem.empty());
    lock.unlock();
    keeper.stop();
    CHECK(reports == 1);
}
