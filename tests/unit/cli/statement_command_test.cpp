#include "operator/cli/statement/statement_command.hpp"

#include <catch2/catch.hpp>
#include <sstream>

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/ledger/statement_json.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/statements.hpp"

using namespace bursar;
using namespace bursar::cli;
using bursar::testing::dayOf;
using bursar::testing::FakeClient;
using bursar::testing::makePolicy;
using bursar::testing::richStatement;
using Catch::Matchers::Contains;

namespace {

// A ledger in which days are metered from 2026-10-20 on, and October's statement may be closed.
struct World {
    std::shared_ptr<FakeClient> client = std::make_shared<FakeClient>();
    ledger::KubernetesLedger ledger{client, "bursar-system"};
    api::AllocationPolicy policy = makePolicy().raw();
    std::function<Result<OpenDays>(const api::AllocationPolicy&, Instant)> readOpenDays;  // empty: do not ask

    World() {
        policy.pricing = {"EUR", {price("*", "2026-01-01", "2.00")}};
        ledger::MeteringChain chain = *ledger.readMetering("main");
        chain.begin(dayOf("2026-10-20"));
        for (Instant day = dayOf("2026-10-20"); day < dayOf("2026-11-03"); day += std::chrono::hours{24}) {
            chain.append(metered(day));
        }
        REQUIRE(ledger.commit(chain));
    }
    static treasury::MeteredDay metered(Instant day) {
        treasury::MeteredDay metered;
        metered.day = day;
        metered.teams["search"] = {"CC-1", {{{"chat", "gpt-4o"}, {api::Tokens{1'000'000}, {}, {}}}}};
        return metered;
    }
    static api::ModelPrice price(const char* glob, const char* from, const char* perMillion) {
        const api::Price one = *api::parsePrice(perMillion);
        return {glob, dayOf(from), one, one, one};
    }
    // Stores `body`, and the SHA-256 of `fixed` on the chain.
    void close(const std::string& body, const std::string& fixed, const std::string& period = "2026-10") {
        REQUIRE(ledger.keepStatement({"main", period}, body));
        auto chain = ledger.readMetering("main");
        REQUIRE(chain);
        chain->close({period, sha256Of(fixed)});
        REQUIRE(ledger.commit(*chain));
    }
    Answer ask(StatementOptions options) {
        const auto findPolicy = [this](const std::string&) { return std::optional{policy}; };
        return runStatement(options, {ledger, findPolicy, readOpenDays, *parseInstant("2026-11-03T12:00:00Z")});
    }
    Answer askFor(const std::string& period, StatementFormat format = StatementFormat::Table) {
        StatementOptions options;
        options.query.period = period;
        options.format = format;
        return ask(options);
    }
};

std::string bodyOfMonth(int month, const std::string& currency = "EUR") {
    bursar::testing::StatementBuilder builder{currency, {api::Period::Month, 2026, month}};
    builder.payer("CC-1", "search").used("gpt-4o", api::TokenType::Input, 12'000'000, "2.00");
    return ledger::bodyOf(builder.raw());
}
std::string october() { return bodyOfMonth(10); }

Answer askFile(const std::string& text, StatementOptions options = {}) {
    std::istringstream in{text};
    options.file = "-";
    return runStatementFile(options, in);
}

}  // namespace

TEST_CASE("without a period the last closed statement is shown as it is stored") {
    World world;
    world.close(october(), october());
    StatementOptions options;
    options.format = StatementFormat::Json;
    const Answer answer = world.ask(options);
    CHECK(answer.exitCode == 0);
    CHECK(answer.err.empty());
    CHECK(answer.out == october());
}

TEST_CASE("the last closed statement is the last by time, also if the policy changed from quarters to months") {
    World world;
    bursar::testing::StatementBuilder quarter{"EUR", {api::Period::Quarter, 2026, 3}};
    const std::string third = ledger::bodyOf(quarter.raw());
    world.close(third, third, "2026Q3");
    world.close(october(), october());
    CHECK_THAT(world.ask({}).out, Contains("Statement of 2026-10"));
    StatementOptions list;
    list.list = true;
    const std::string listed = world.ask(list).out;
    CHECK(listed.find("2026Q3") < listed.find("2026-10"));
}

TEST_CASE("without a closed statement the draft of the open period is shown, with a note") {
    World world;
    const Answer answer = world.ask({});
    CHECK(answer.exitCode == 0);
    CHECK_THAT(answer.err, Contains("no statement of policy \"main\" is closed yet: this is the draft of 2026-11"));
    CHECK_THAT(answer.out, Contains("Statement of 2026-11 under policy main: DRAFT of 2026-11-03T12:00:00Z"));
    CHECK_THAT(answer.out, Contains("metered until    2026-11-03T00:00:00Z"));
    CHECK_THAT(answer.out, Contains("CC-1: 4.00 EUR, 2,000,000 tokens"));  // two days at 2.00 a million
}

TEST_CASE("a draft includes usage that is not recorded yet, until the last scrape") {
    World world;
    Instant asked{};
    world.readOpenDays = [&](const api::AllocationPolicy&, Instant from) -> Result<OpenDays> {
        asked = from;
        return OpenDays{{World::metered(dayOf("2026-11-03"))}, *parseInstant("2026-11-03T11:59:45Z")};
    };
    const Answer answer = world.askFor("2026-11");
    CHECK(asked == dayOf("2026-11-03"));
    CHECK_THAT(answer.out, Contains("DRAFT of 2026-11-03T12:00:00Z"));
    CHECK_THAT(answer.out, Contains("metered until    2026-11-03T11:59:45Z"));
    CHECK_THAT(answer.out, Contains("CC-1: 6.00 EUR, 3,000,000 tokens"));
    asked = {};
    CHECK_THAT(world.askFor("2026-10").out, Contains("24.00 EUR"));
    CHECK(asked == Instant{});  // October is recorded to its end
}

TEST_CASE("if the usage source does not answer, a note says so and the draft ends with the last recorded day") {
    World world;
    world.readOpenDays = [](const api::AllocationPolicy&, Instant) -> Result<OpenDays> {
        return makeError(ErrorCode::Unavailable, "connection refused");
    };
    const Answer answer = world.askFor("2026-11");
    CHECK(answer.exitCode == 0);
    CHECK_THAT(answer.err, Contains("the draft lacks the usage since 2026-11-03T00:00:00Z: connection refused"));
    CHECK_THAT(answer.out, Contains("metered until    2026-11-03T00:00:00Z") && Contains("4.00 EUR"));
}

TEST_CASE("a period that is over and not closed is a draft of its days") {
    World world;
    const Answer answer = world.askFor("2026-10");
    CHECK(answer.exitCode == 0);
    CHECK_THAT(answer.out, Contains("DRAFT") && Contains("24.00 EUR"));  // twelve days
}

TEST_CASE("a draft corrects the statement before it, as the closed one will") {
    World world;
    world.close(october(), october());
    world.policy.pricing.models = {World::price("*", "2026-01-01", "1.50")};
    const Answer answer = world.askFor("2026-11");
    CHECK_THAT(answer.out, Contains("Correction of search: -6.00 EUR"));  // 12 days · (1.50 − 2.00)
    CHECK_THAT(answer.out, Contains("total            -3.00 EUR"));
}

TEST_CASE("a draft corrects the statement before it even if the policy changed from months to quarters") {
    World world;
    world.close(october(), october());
    world.policy.period = api::Period::Quarter;
    world.policy.pricing.models = {World::price("*", "2026-01-01", "1.50")};
    const Answer answer = world.askFor("2026Q4");
    CHECK_THAT(answer.out, Contains("Correction of search: -6.00 EUR"));
    CHECK_THAT(answer.out, Contains("total            -3.00 EUR"));
}

TEST_CASE("the page shows closed statements before it, those of the same currency") {
    World world;
    world.close(bodyOfMonth(7, "USD"), bodyOfMonth(7, "USD"), "2026-07");
    world.close(bodyOfMonth(8), "somebody changed it", "2026-08");
    world.close(bodyOfMonth(9), bodyOfMonth(9), "2026-09");
    world.close(october(), october());
    const Answer page = world.askFor("2026-10", StatementFormat::Html);
    CHECK_THAT(page.out, Contains("<span>2026-09</span>") && Contains("<span>2026-10</span>"));
    CHECK_THAT(page.out, !Contains("2026-07") && !Contains("2026-08"));
    CHECK_THAT(page.err, Contains("the statement of 2026-08 was changed after it was closed"));
    CHECK_THAT(world.askFor("2026-09", StatementFormat::Html).out, !Contains("Trend"));
    CHECK(world.askFor("2026-10").err.empty());  // nothing else is about them
}

TEST_CASE("a statement that was changed after it was closed is not shown") {
    World world;
    std::string changed = october();
    changed.replace(changed.find("CC-1"), 4, "CC-2");
    world.close(changed, october());
    const Answer answer = world.askFor("2026-10");
    CHECK(answer.exitCode == 2);
    CHECK(answer.out.empty());
    CHECK_THAT(answer.err, Contains("the statement of 2026-10 was changed after it was closed"));
}

TEST_CASE("an unknown period or policy is an error that names those there are") {
    World world;
    CHECK(world.askFor("2026-13").exitCode == 1);
    CHECK_THAT(world.askFor("2026-13").err, Contains("\"2026-13\" is not a period; write a month as 2026-11"));
    CHECK(world.askFor("2026Q4").exitCode == 1);
    CHECK_THAT(world.askFor("2026Q4").err, Contains("other planning periods than 2026Q4: the open one is 2026-11"));
    CHECK(world.askFor("2026-12").exitCode == 1);
    CHECK_THAT(world.askFor("2026-12").err, Contains("2026-12 has not begun"));
    CHECK(world.askFor("2026-09").exitCode == 1);
    CHECK_THAT(world.askFor("2026-09").err, Contains("metering began on 2026-10-20; no statement is closed yet"));
    StatementOptions other;
    other.query.policy = "mian";
    CHECK(world.ask(other).exitCode == 1);
    CHECK_THAT(world.ask(other).err, Contains("did you mean \"main\""));
}

TEST_CASE("an unknown cost centre is an error that names those on the statement") {
    World world;
    world.close(october(), october());
    StatementOptions options;
    options.costCenter = "CC-7";
    const Answer answer = world.ask(options);
    CHECK(answer.exitCode == 1);
    CHECK_THAT(answer.err, Contains("the statement of 2026-10 has no cost centre \"CC-7\"") && Contains("it has CC-1"));
}

TEST_CASE("with several policies --policy is required") {
    World world;
    ledger::MeteringChain chain = *world.ledger.readMetering("other");
    chain.begin(dayOf("2026-10-20"));
    REQUIRE(world.ledger.commit(chain));
    const Answer answer = world.ask({});
    CHECK(answer.exitCode == 1);
    CHECK_THAT(answer.err, Contains("there are several AllocationPolicies: main, other; name one with --policy"));
}

TEST_CASE("statements are listed with their totals and hashes") {
    World world;
    StatementOptions options;
    options.list = true;
    CHECK_THAT(world.ask(options).out, Contains("no statement is closed yet"));
    world.close(october(), october());
    const Answer answer = world.ask(options);
    CHECK(answer.exitCode == 0);
    CHECK_THAT(answer.out, Contains("2026-10") && Contains("24.00 EUR") && Contains(sha256Of(october())));
}

TEST_CASE("a statement comes from a file as from a cluster") {
    const std::string body = ledger::bodyOf(richStatement());
    CHECK(askFile(body).exitCode == 0);
    CHECK_THAT(askFile(body + "\n").out, Contains("Statement of 2026-11 under policy main: closed"));
    StatementOptions part;
    part.costCenter = "";
    CHECK_THAT(askFile(body, part).out, Contains("only             no cost centre"));
}

TEST_CASE("a file that is no statement, or does not add up, is refused") {
    CHECK(askFile("").exitCode == 2);
    CHECK(askFile("[1,2]").exitCode == 2);
    std::string edited = ledger::bodyOf(richStatement());
    const std::string amount = "\"amount\":\"11.25\"";
    REQUIRE(edited.find(amount) != std::string::npos);
    edited.replace(edited.find(amount), amount.size(), "\"amount\":\"10.25\"");
    const Answer answer = askFile(edited);
    CHECK(answer.exitCode == 2);
    CHECK_THAT(answer.err, Contains("-: the statement does not add up: its lines are not what \"total\" says"));
    StatementOptions missing;
    missing.file = "/nonexistent/statement.json";
    std::istringstream in;
    CHECK(runStatementFile(missing, in).exitCode == 1);
}
