#include "controllers/reconcile/status/conditions.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::reconcile;
using nlohmann::json;

TEST_CASE("a condition keeps its transition time while its status stays") {
    const json previous = json::array({{{"type", "Ready"},
                                        {"status", "True"},
                                        {"reason", "Granted"},
                                        {"message", "old"},
                                        {"lastTransitionTime", "2026-11-01T00:00:00Z"}}});
    const Instant now = *parseInstant("2026-11-24T08:00:00Z");
    ConditionList same{previous, 3, now};
    same.set("Ready", "True", "Granted", "new message");
    CHECK(same.take()[0]["lastTransitionTime"] == "2026-11-01T00:00:00Z");
    ConditionList other{previous, 3, now};
    other.set("Ready", "False", "UnknownPool", "no such pool");
    const json turned = other.take();
    CHECK(turned[0]["lastTransitionTime"] == "2026-11-24T08:00:00Z");
    CHECK(turned[0]["observedGeneration"] == 3);
}

TEST_CASE("a message fits what the API server stores") {
    const json none;
    ConditionList list{none, 1, *parseInstant("2026-11-24T08:00:00Z")};
    list.set("Ready", "False", "Long", std::string(40'000, 'x'));
    CHECK(list.take()[0]["message"].get<std::string>().size() == 32'768);
}

TEST_CASE("the status of a condition in a stored object, whatever is stored") {
    CHECK(conditionStatus(json::object(), "Ready").empty());
    CHECK(conditionStatus({{"status", 7}}, "Ready").empty());
    CHECK(conditionStatus({{"status", {{"conditions", "x"}}}}, "Ready").empty());
    CHECK(conditionStatus({{"status", {{"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}}, "Ready") ==
          "True");
}
