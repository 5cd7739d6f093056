#include "controllers/reconcile/status/status_budget.hpp"

#include <catch2/catch.hpp>

using namespace bursar::reconcile;
using nlohmann::json;

namespace {

json status(std::int64_t consumed, int percent, std::int64_t granted = 1000) {
    return {{"summary", {{"consumed", std::to_string(consumed)}, {"usedPercent", std::to_string(percent)}}},
            {"budgets",
             {{{"pool", "chat"},
               {"granted", granted},
               {"consumed", consumed},
               {"remaining", granted - consumed},
               {"usedPercent", percent}}}},
            {"conditions", {{{"type", "Ready"}, {"status", "True"}}}}};
}

}  // namespace

TEST_CASE("nothing is written where nothing differs") {
    CHECK(writeNeed(status(5, 0), status(5, 0)) == WriteNeed::None);
}

TEST_CASE("consumption below a whole percent waits") {
    CHECK(writeNeed(status(5, 0), status(9, 0)) == WriteNeed::Later);
}

TEST_CASE("a whole percent, a grant, a condition are written at once") {
    CHECK(writeNeed(status(5, 0), status(10, 1)) == WriteNeed::Now);
    CHECK(writeNeed(status(5, 0), status(5, 0, 2000)) == WriteNeed::Now);
    json stalled = status(5, 0);
    stalled["conditions"][0]["status"] = "False";
    CHECK(writeNeed(status(5, 0), stalled) == WriteNeed::Now);
    CHECK(writeNeed(json::object(), status(5, 0)) == WriteNeed::Now);
}
