#include "controllers/reconcile/loan_finalizers.hpp"

#include <catch2/catch.hpp>

#include "controllers/cluster/resources.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using bursar::testing::FakeClient;
using Catch::Matchers::Contains;
using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Instant kNow = *parseInstant("2026-11-24T13:30:00Z");
const kube::Key kKey{"search", "loan"};

struct Case {
    std::shared_ptr<FakeClient> client = std::make_shared<FakeClient>();
    ManualClock clock{kNow};
    LoanFinalizers finalizers{client, clock};
    bool deleted = false;
    bool hasFinalizer = false;
    gateways::GatewayStates gateways = {{{{"envoy", api::GatewayType::EnvoyRateLimit, {}}, {}, {}, {}, true}}};

    Case() { (void)client->create(cluster::burstLoans(), {{"metadata", {{"namespace", "search"}, {"name", "loan"}}}}); }
    void reconcile(api::LoanPhase phase) {
        auto loan = bursar::testing::makeLoan("search");
        if (deleted) loan.raw().deletedAt = kNow;
        loan.raw().finalizer = hasFinalizer;
        Observation seen;
        seen.world.loans = {loan};
        seen.loanObjects = std::make_shared<kube::Store>(client->store());
        treasury::LoanDecision decision;
        decision.ns = "search";
        decision.name = "loan";
        decision.policy = "main";
        decision.outcome.phase = phase;
        treasury::Decisions decisions;
        decisions.loans = {decision};
        finalizers.reconcile(seen, decisions, {{"main", gateways}});
    }
    json stored() const { return client->objects().at(kKey)["metadata"].value("finalizers", json::array()); }
};

}  // namespace

TEST_CASE("a loan has the finalizer while it holds tokens") {
    Case loan;
    loan.reconcile(api::LoanPhase::Pending);
    CHECK(loan.client->writes() == 1);  // its creation
    loan.reconcile(api::LoanPhase::Active);
    CHECK(loan.stored() == json{api::kLoanFinalizer});
    loan.hasFinalizer = true;
    loan.reconcile(api::LoanPhase::Active);
    CHECK(loan.client->writes() == 2);
    loan.reconcile(api::LoanPhase::Returned);
    CHECK(loan.stored().empty());
    CHECK_FALSE(loan.finalizers.nextTurn().wait(loan.clock));
}

TEST_CASE("a deleted loan waits for a gateway that fails, but not beyond the deadline") {
    Case loan;
    loan.deleted = loan.hasFinalizer = true;
    loan.gateways.gateways[0].report.error = makeError(ErrorCode::Unavailable, "connection refused");
    loan.reconcile(api::LoanPhase::Returned);
    CHECK(loan.client->writes() == 1);
    CHECK_THAT(loan.finalizers.waiting().at(kKey),
               Contains("connection refused") && Contains("until 2026-11-24T13:40:00Z at the latest"));
    CHECK(loan.finalizers.nextTurn().wait(loan.clock) == kLongestReturn);

    loan.clock.advance(kLongestReturn);
    CHECK(loan.finalizers.nextTurn().isDue(loan.clock));
    loan.reconcile(api::LoanPhase::Returned);
    CHECK(loan.client->writes() == 2);
    CHECK(loan.finalizers.waiting().empty());
    CHECK_FALSE(loan.finalizers.nextTurn().wait(loan.clock));
}

TEST_CASE("a deleted loan whose gateways are at baseline loses the finalizer at once") {
    Case loan;
    loan.deleted = loan.hasFinalizer = true;
    loan.gateways.gateways[0].supported = false;  // and its error is that it is not implemented
    loan.gateways.gateways[0].report.error = makeError(ErrorCode::InvalidArgument, "not implemented");
    loan.reconcile(api::LoanPhase::Returned);
    CHECK(loan.client->writes() == 2);
}

TEST_CASE("a finalizer that could not be written is tried again, one that is out of date waits for the watch") {
    Case loan;
    loan.client->failNextWrite(makeError(ErrorCode::Unavailable, "connection refused"));
    loan.reconcile(api::LoanPhase::Active);
    CHECK(loan.finalizers.nextTurn().wait(loan.clock) == seconds{1});
    loan.client->failNextWrite(makeError(ErrorCode::Conflict, "changed in between"));
    loan.reconcile(api::LoanPhase::Active);
    CHECK_FALSE(loan.finalizers.nextTurn().wait(loan.clock));
}
