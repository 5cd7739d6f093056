#include "controllers/reconcile/conditions/conditions.hpp"
#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::reconcile;
using nlohmann::json;

TEST_CASE("a condition keeps its transition time while its status stays") {
    const json previous = json::array({{{"type", api::condition::kReady},
                                        {"status", "True"},
                                        {"reason", api::reason::kGranted},
                                        {"message", "old"},
                                        {"lastTransitionTime", "2026-11-01T00:00:00Z"}}});
    const Instant now = *parseInstant("2026-11-24T08:00:00Z");
    ConditionList same{previous, 3, now};
    same.set(api::condition::kReady, "True", api::reason::kGranted, "new message");
    CHECK(same.take()[0]["lastTransitionTime"] == "2026-11-01T00:00:00Z");
    ConditionList other{previous, 3, now};
    other.set(api::condition::kReady, "False", api::reason::kUnknownPool, "no such pool");
    const json turned = other.take();
    CHECK(turned[0]["lastTransitionTime"] == "2026-11-24T08:00:00Z");
    CHECK(turned[0]["observedGeneration"] == 3);
}

TEST_CASE("a message fits what the API server stores") {
    const json none;
    ConditionList list{none, 1, *parseInstant("2026-11-24T08:00:00Z")};
    list.set(api::condition::kReady, "False", "Long", std::string(40'000, 'x'));
    CHECK(list.take()[0]["message"].get<std::string>().size() == 32'768);
}

TEST_CASE("the status of a condition in a stored object, whatever is stored") {
    CHECK(conditionStatus(json::object(), api::condition::kReady).empty());
    CHECK(conditionStatus({{"status", 7}}, api::condition::kReady).empty());
    CHECK(conditionStatus({{"status", {{"conditions", "x"}}}}, api::condition::kReady).empty());
    CHECK(conditionStatus({{"status", {{"conditions", {{{"type", api::condition::kReady}, {"status", "True"}}}}}}},
                          api::condition::kReady) == "True");
}

TEST_CASE("a message is UTF-8 whatever was said, and is cut between characters") {
    const json none;
    ConditionList list{none, 1, *parseInstant("2026-11-24T08:00:00Z")};
    list.set("Ready", "False", "Long", std::string(32'767, 'x') + "\U0001F600");
    list.set("UsageFresh", "False", "Stale", "Zugriff verweigert f\xfcr alle");
    const json conditions = list.take();
    CHECK(conditions[0]["message"] == std::string(32'767, 'x'));
    CHECK(conditions[1]["message"] == "Zugriff verweigert f\uFFFDr alle");
}
