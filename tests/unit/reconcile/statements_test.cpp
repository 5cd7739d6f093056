// Closing statements, and delivering them.
#include <atomic>
#include <catch2/catch.hpp>
#include <semaphore>

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/ledger/statement_json.hpp"
#include "controllers/reconcile/delivery/statement_delivery.hpp"
#include "controllers/reconcile/record/statement_closer.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/crashing_client.hpp"
#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using api::Tokens;
using bursar::testing::CrashingClient;
using bursar::testing::FakeClient;
using bursar::testing::makePolicy;
using Catch::Matchers::Contains;
using std::chrono::hours;

namespace {

const char* kNamespace = "bursar-system";

Instant day(const std::string& text) { return *parseInstant(text + "T00:00:00Z"); }

api::AllocationPolicy policyAt(const char* input, api::Period period = api::Period::Month) {
    api::AllocationPolicy policy = makePolicy().pool("chat", 1000).raw();
    policy.period = period;
    policy.pricing = {
        "EUR", {{"*", day("2026-01-01"), *api::parsePrice(input), *api::parsePrice("1"), *api::parsePrice("10")}}};
    return policy;
}

treasury::MeteredDay metered(Instant on, std::int64_t input) {
    treasury::MeteredDay today{on, {}, {}, {}, {}};
    today.teams["search"] = {"CC-1", {{{"chat", "gpt-4o"}, {Tokens{input}, {}, {}}}}};
    return today;
}

// The operator's side of one policy: its chain, its record and the closer.
struct Office {
    std::shared_ptr<kube::Client> client = std::make_shared<FakeClient>();
    ledger::KubernetesLedger ledger{client, kNamespace};
    StatementCloser closer;
    PolicyRecord record;

    ledger::MeteringChain chain() { return *ledger.readMetering("main"); }
    // A million input tokens on every day of [from, until), which is also how far windows are recorded.
    void recordDays(const std::string& from, const std::string& until) {
        auto chain = *ledger.readMetering("main");
        chain.begin(day(from));
        for (Instant at = day(from); at < day(until); at += hours{24}) chain.append(metered(at, 1'000'000));
        REQUIRE(ledger.commit(chain));
        record.recordedUntil["chat"] = day(until);
    }
    bool closeDue(const api::AllocationPolicy& policy, const std::string& now) {
        auto chain = *ledger.readMetering("main");
        return closer.closeDue(ledger, std::make_shared<api::AllocationPolicy>(policy), chain, record,
                               *parseInstant(now));
    }
    treasury::Statement statement(const std::string& period) {
        const auto body = ledger.statement({"main", period});
        if (!body) FAIL(body.error().message);
        return *ledger::statementOf(*body);
    }
};

}  // namespace

TEST_CASE("a statement is closed after its grace, once, and never again") {
    Office office;
    office.recordDays("2026-11-24", "2026-12-02");
    REQUIRE(office.closeDue(policyAt("2"), "2026-12-01T23:59:59Z"));
    CHECK(office.closer.statements().closed.empty());
    CHECK(office.closer.statements().waitingFor.empty());

    REQUIRE(office.closeDue(policyAt("2"), "2026-12-02T00:00:00Z"));
    REQUIRE(office.closer.statements().closed.size() == 1);
    const ClosedStatement closed = office.closer.statements().closed[0];
    CHECK(closed.period == "2026-11");
    CHECK(closed.amount == 7 * 200);  // 24 … 30 November
    CHECK(closed.issuedAt == day("2026-12-02"));
    CHECK(office.chain().statements() == std::map<std::string, std::string>{{"2026-11", closed.sha256}});

    // Prices that change afterwards change nothing of it.
    const auto body = *office.ledger.statement({"main", "2026-11"});
    REQUIRE(office.closeDue(policyAt("9"), "2026-12-20T00:00:00Z"));
    CHECK(*office.ledger.statement({"main", "2026-11"}) == body);
    CHECK(sha256Of(body) == closed.sha256);
}

TEST_CASE("a period that is not recorded to its end waits, and says for what") {
    Office office;
    office.recordDays("2026-11-24", "2026-11-30");
    REQUIRE(office.closeDue(policyAt("2"), "2026-12-05T00:00:00Z"));
    CHECK_THAT(office.closer.statements().waitingFor, Contains("2026-11") && Contains("2026-11-30T00:00:00Z"));
    office.recordDays("2026-11-30", "2026-12-01");
    office.record.recordedUntil["chat"] = day("2026-11-30");
    REQUIRE(office.closeDue(policyAt("2"), "2026-12-05T00:00:00Z"));
    CHECK_THAT(office.closer.statements().waitingFor, Contains("windows of pool \"chat\""));
    office.record.recordedUntil["chat"] = day("2026-12-01");
    REQUIRE(office.closeDue(policyAt("2"), "2026-12-05T00:00:00Z"));
    CHECK(office.closer.statements().closed.size() == 1);
}

TEST_CASE("a price corrected later is a correction in the next statement") {
    Office office;
    office.recordDays("2026-11-29", "2026-12-01");
    REQUIRE(office.closeDue(policyAt("2.50"), "2026-12-02T00:00:00Z"));
    office.recordDays("2026-12-01", "2027-01-01");
    REQUIRE(office.closeDue(policyAt("2.00"), "2027-01-02T00:00:00Z"));
    const treasury::Statement december = office.statement("2026-12");
    REQUIRE(december.lines.size() == 2);
    CHECK(december.lines[1].kind == treasury::LineKind::Correction);
    CHECK(december.lines[1].amount == -100);
    CHECK(totalOf(december).amount == 31 * 200 - 100);
    // What is closed in January has nothing more to correct of November.
    office.recordDays("2027-01-01", "2027-02-01");
    REQUIRE(office.closeDue(policyAt("2.00"), "2027-02-02T00:00:00Z"));
    CHECK(office.statement("2027-01").lines.size() == 1);
}

TEST_CASE("a policy that changes between months and quarters charges every day once") {
    Office office;
    office.recordDays("2026-10-01", "2027-01-01");
    REQUIRE(office.closeDue(policyAt("1"), "2026-11-02T00:00:00Z"));  // October, monthly
    REQUIRE(office.closeDue(policyAt("1", api::Period::Quarter), "2027-01-02T00:00:00Z"));
    REQUIRE(office.closer.statements().closed.size() == 2);
    CHECK(office.statement("2026-10").lines[0].tokens == 31'000'000);
    const treasury::Statement quarter = office.statement("2026Q4");
    REQUIRE(quarter.lines.size() == 1);
    CHECK(quarter.lines[0].tokens == 61'000'000);
    CHECK(quarter.lines[0].span.start == day("2026-11-01"));
    // Back to months: December is in the quarter.
    office.recordDays("2027-01-01", "2027-02-01");
    REQUIRE(office.closeDue(policyAt("1"), "2027-02-02T00:00:00Z"));
    CHECK(office.closer.statements().closed.back().period == "2027-01");
}

TEST_CASE("a crash at any write leaves one statement, and the one on the chain is the one that is stored") {
    auto store = std::make_shared<FakeClient>();
    ledger::KubernetesLedger setup{store, kNamespace};
    auto chain = *setup.readMetering("main");
    chain.begin(day("2026-11-30"));
    chain.append(metered(day("2026-11-30"), 5'000'000));
    REQUIRE(setup.commit(chain));
    PolicyRecord record;
    record.recordedUntil["chat"] = day("2026-12-01");
    const Instant now = day("2026-12-03");
    // Dies before and after each write; the price changes in between, as it would in life.
    struct Death {
        int writes;
        bool storesTheLast;
        const char* price;
    };
    for (const Death& death : {Death{0, false, "1"}, Death{0, true, "2"}, Death{0, false, "3"}, Death{0, true, "3"}}) {
        ledger::KubernetesLedger dying{std::make_shared<CrashingClient>(store, death.writes, death.storesTheLast),
                                       kNamespace};
        auto read = dying.readMetering("main");
        REQUIRE(read);
        StatementCloser closer;
        CHECK_FALSE(
            closer.closeDue(dying, std::make_shared<api::AllocationPolicy>(policyAt(death.price)), *read, record, now));
    }
    StatementCloser closer;
    auto last = *setup.readMetering("main");
    REQUIRE(closer.closeDue(setup, std::make_shared<api::AllocationPolicy>(policyAt("4")), last, record, now));
    const auto body = *setup.statement({"main", "2026-11"});
    CHECK(setup.readMetering("main")->statements().at("2026-11") == sha256Of(body));
    CHECK(totalOf(*ledger::statementOf(body)).amount == 1000);  // at 2, the price when it was kept
}

TEST_CASE("a statement that was changed is named, and not delivered") {
    Office office;
    office.recordDays("2026-11-30", "2026-12-01");
    REQUIRE(office.closeDue(policyAt("2"), "2026-12-02T00:00:00Z"));
    const ClosedStatement closed = office.closer.statements().closed.at(0);
    auto object =
        *office.client->get({"", "v1", "configmaps", "ConfigMap", true}, {kNamespace, "bursar-statement.main.2026-11"});
    std::string text = object["data"]["statement"];
    text.replace(text.find("\"2.00\""), 6, "\"1.00\"");
    object["data"]["statement"] = text;
    REQUIRE(office.client->replace({"", "v1", "configmaps", "ConfigMap", true}, object, ""));
    StatementCloser fresh;
    auto chain = office.chain();
    REQUIRE(fresh.closeDue(office.ledger, std::make_shared<api::AllocationPolicy>(policyAt("2")), chain, office.record,
                           day("2026-12-03")));
    CHECK_THAT(fresh.statements().problem, Contains("2026-11") && Contains("changed"));
    bool posted = false;
    WebhookSender delivering{std::make_unique<ledger::KubernetesLedger>(office.client, kNamespace), office.client,
                             [&](const http::HttpPost&) {
                                 posted = true;
                                 return Result<std::string>{"ok"};
                             }};
    CHECK_THAT(
        delivering.attempt({"main", closed, {"https://finance.example/hook", {}}}, day("2026-12-03")).error().message,
        Contains("changed"));
    CHECK_FALSE(posted);
}

TEST_CASE("a statement is sent as it is stored, signed with the secret, under a key of its own") {
    Office office;
    office.recordDays("2026-11-30", "2026-12-01");
    REQUIRE(office.closeDue(policyAt("2"), "2026-12-02T00:00:00Z"));
    const ClosedStatement closed = office.closer.statements().closed.at(0);
    const kube::Json secret = {{"apiVersion", "v1"},
                               {"kind", "Secret"},
                               {"metadata", {{"name", "hook"}, {"namespace", kNamespace}}},
                               {"data", {{"key", "c2VjcmV0"}}}};  // "secret"
    std::vector<http::HttpPost> sent;
    Result<std::string> answer{"ok"};
    WebhookSender delivering{std::make_unique<ledger::KubernetesLedger>(office.client, kNamespace), office.client,
                             [&](const http::HttpPost& post) {
                                 sent.push_back(post);
                                 return answer;
                             }};
    PendingDelivery delivery{
        "main", closed, {"https://finance.example/hook", api::SecretKeyRef{kNamespace, "hook", "key"}}};
    const Instant now = *parseInstant("2026-12-02T00:00:01Z");

    SECTION("signed") {
        REQUIRE(office.client->create({"", "v1", "secrets", "Secret", true}, secret));
        REQUIRE(delivering.attempt(delivery, now));
        const std::string body = *office.ledger.statement({"main", "2026-11"});
        CHECK(sent[0].body == body);
        CHECK(sent[0].headers.at("Idempotency-Key") == "main/2026-11/" + closed.sha256);
        CHECK(sent[0].headers.at("X-Bursar-Signature") ==
              "t=1796169601,v1=" + hmacSha256Of("secret", "1796169601." + body));
        REQUIRE(delivering.attempt(delivery, now));
        CHECK(sent[1].headers.at("Idempotency-Key") == sent[0].headers.at("Idempotency-Key"));
    }
    SECTION("without the secret nothing is sent, and the message says where it is missing") {
        CHECK_THAT(delivering.attempt(delivery, now).error().message, Contains("Secret bursar-system/hook"));
        CHECK(sent.empty());
    }
    SECTION("a reply other than 2xx is an error of the receiver") {
        delivery.webhook.hmacSecretRef.reset();
        answer = makeError(ErrorCode::Unavailable, "https://finance.example/hook: HTTP 503: down");
        CHECK_THAT(delivering.attempt(delivery, now).error().message, Contains("503"));
        CHECK_FALSE(sent[0].headers.contains("X-Bursar-Signature"));
    }
}

TEST_CASE("statements are delivered in the background, each attempt is reported, and a stop ends it") {
    Office office;
    office.recordDays("2026-11-30", "2026-12-01");
    REQUIRE(office.closeDue(policyAt("2"), "2026-12-02T00:00:00Z"));
    const ClosedStatement closed = office.closer.statements().closed.at(0);
    std::counting_semaphore<8> attempts{0};
    std::atomic<bool> up = false;
    const SystemClock clock;
    StatementDelivery sender{
        WebhookSender{std::make_unique<ledger::KubernetesLedger>(office.client, kNamespace), office.client,
                      [&](const http::HttpPost&) {
                          return up ? Result<std::string>{"ok"}
                                    : Result<std::string>{makeError(ErrorCode::Unavailable, "HTTP 503")};
                      }},
        clock, [&] { attempts.release(); }};
    const PendingDelivery delivery{"main", closed, {"https://finance.example/hook", {}}};
    sender.offer({delivery});
    attempts.acquire();
    CHECK_FALSE(sender.snapshot().at(closed.sha256).delivered);
    CHECK(sender.snapshot().at(closed.sha256).message == "HTTP 503");
    // A corrected webhook is tried at once.
    up = true;
    sender.offer({{"main", closed, {"https://finance.example/fixed", {}}}});
    attempts.acquire();
    CHECK(sender.snapshot().at(closed.sha256).delivered);
    sender.stop();
    CHECK_FALSE(attempts.try_acquire());
}

TEST_CASE("an attempt that throws is one that failed, and is made again") {
    Office office;
    office.recordDays("2026-11-30", "2026-12-01");
    REQUIRE(office.closeDue(policyAt("2"), "2026-12-02T00:00:00Z"));
    const ClosedStatement closed = office.closer.statements().closed.at(0);
    std::counting_semaphore<8> attempts{0};
    std::atomic<int> calls = 0;
    std::atomic<int> reported = 0;
    const SystemClock clock;
    StatementDelivery sender{
        WebhookSender{std::make_unique<ledger::KubernetesLedger>(office.client, kNamespace), office.client,
                      [&](const http::HttpPost&) -> Result<std::string> {
                          if (++calls == 1) throw std::runtime_error("boom");
                          return std::string{"ok"};
                      }},
        clock,
        [&] { attempts.release(); },
        {},
        [&](const std::string&) { ++reported; }};
    sender.offer({{"main", closed, {"https://finance.example/hook", {}}}});
    attempts.acquire();
    CHECK(sender.snapshot().at(closed.sha256).message == "a defect of Bursar, please report it: boom");
    sender.offer({{"main", closed, {"https://finance.example/repaired", {}}}});  // tried at once
    attempts.acquire();
    CHECK(sender.snapshot().at(closed.sha256).delivered);
    sender.stop();
    CHECK(reported == 1);
}
