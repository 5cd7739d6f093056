#include "controllers/reconcile/status/status_events.hpp"

#include <catch2/catch.hpp>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"
#include "controllers/reconcile/conditions/conditions.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using nlohmann::json;

namespace {

const Instant kNow = *parseInstant("2026-11-24T13:30:00Z");

struct Condition {
    const char* type;
    const char* status;
    const char* reason;
};

json statusWith(const std::vector<Condition>& conditions) {
    const json none = json::array();  // looked at as long as the list is
    ConditionList list{none, 1, kNow};
    for (const Condition& condition : conditions) {
        list.set(condition.type, condition.status, condition.reason, std::string{"about "} + condition.reason);
    }
    return {{"conditions", list.take()}};
}

json policy(const json& status = json()) {
    json object = {{"kind", "AllocationPolicy"}, {"metadata", {{"name", "main"}, {"uid", "u1"}}}};
    if (!status.is_null()) object["status"] = status;
    return object;
}

// What was emitted, as `Type Reason`.
class Listener {
  public:
    StatusEvents::Record record() {
        return [this](const json&, kube::EventType type, const std::string& reason, const std::string& message) {
            CHECK(message == "about " + reason);
            emitted_.push_back((type == kube::EventType::Normal ? "Normal " : "Warning ") + reason);
        };
    }
    std::vector<std::string> take() { return std::exchange(emitted_, {}); }

  private:
    std::vector<std::string> emitted_;
};

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("the failure and the recovery of a neighbour are one event each, also while no status can be written") {
    Listener listener;
    StatusEvents events{listener.record()};
    const json well = statusWith({{api::condition::kReady, "True", api::reason::kGranted},
                                  {api::condition::kUsageFresh, "True", api::reason::kFresh}});
    const json stale = statusWith({{api::condition::kReady, "True", api::reason::kGranted},
                                   {api::condition::kUsageFresh, "False", api::reason::kStale}});
    events.emit(policy(well), stale);
    CHECK(listener.take() == Events{"Warning Stale"});
    events.emit(policy(well), stale);  // what is stored is still the old one
    CHECK(listener.take().empty());
    events.emit(policy(well), statusWith({{api::condition::kReady, "True", api::reason::kGranted},
                                          {api::condition::kUsageFresh, "False", api::reason::kNeverSeen}}));
    CHECK(listener.take() == Events{"Warning NeverSeen"});
    events.emit(policy(stale), well);
    CHECK(listener.take() == Events{"Normal Fresh"});
}

TEST_CASE("an unknown state neither begins nor ends a failure, and a restart repeats no event") {
    Listener listener;
    const json stale = statusWith({{api::condition::kReady, "True", api::reason::kGranted},
                                   {api::condition::kResourcesFresh, "False", api::reason::kWatchFailed}});
    const json unknown = statusWith({{api::condition::kReady, "True", api::reason::kGranted},
                                     {api::condition::kResourcesFresh, "Unknown", api::reason::kNotYetRead}});
    StatusEvents events{listener.record()};
    events.emit(policy(stale), unknown);
    events.emit(policy(unknown), stale);
    CHECK(listener.take().empty());
    StatusEvents restarted{listener.record()};
    restarted.emit(policy(stale), stale);
    CHECK(listener.take().empty());
    restarted.emit(policy(stale), statusWith({{api::condition::kReady, "True", api::reason::kGranted},
                                              {api::condition::kResourcesFresh, "True", api::reason::kWatched}}));
    CHECK(listener.take() == Events{"Normal Watched"});
}

TEST_CASE("a condition that is False in normal operation causes no event; TeamQuotas have events of readiness only") {
    Listener listener;
    StatusEvents events{listener.record()};
    events.emit(policy(), statusWith({{api::condition::kReady, "True", api::reason::kGranted},
                                      {api::condition::kStatementsClosed, "False", api::reason::kWaitingForRecord},
                                      {api::condition::kStatementsDelivered, "False", api::reason::kOnItsWay}}));
    CHECK(listener.take() == Events{"Normal Granted"});
    events.emit(policy(), statusWith({{api::condition::kReady, "True", api::reason::kGranted},
                                      {api::condition::kStatementsDelivered, "False", api::reason::kNotDelivered}}));
    CHECK(listener.take() == Events{"Warning NotDelivered"});
    json quota = policy();
    quota["kind"] = "TeamQuota";
    quota["metadata"]["uid"] = "u2";
    events.emit(quota, statusWith({{api::condition::kReady, "False", api::reason::kGatewayNotProgrammed},
                                   {api::condition::kUsageFresh, "False", api::reason::kStale}}));
    CHECK(listener.take() == Events{"Warning GatewayNotProgrammed"});
}

TEST_CASE("the memory of events is bounded; beyond it the stored status is the baseline") {
    Listener listener;
    StatusEvents events{listener.record()};
    const json ready = statusWith({{api::condition::kReady, "True", api::reason::kGranted}});
    events.emit(policy(), ready);
    events.keepAtMost(1);
    events.emit(policy(), ready);
    CHECK(listener.take() == Events{"Normal Granted"});
    events.keepAtMost(0);
    events.emit(policy(), ready);
    CHECK(listener.take() == Events{"Normal Granted"});
}
