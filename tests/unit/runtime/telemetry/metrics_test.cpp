#include "operator/runtime/telemetry/metrics.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::telemetry;
using Catch::Matchers::Contains;
using prometheus::MetricType;
using std::chrono::milliseconds;

TEST_CASE("a registry exposes its tables in the text format, in their order") {
    ValueTable requests{
        {"requests_total", MetricType::Counter, {"code", "method"}, "requests", "Requests that were sent."}};
    ValueTable depth{{"depth", MetricType::Gauge, {}, "keys", "Keys that wait."}};
    DurationTable took{{"took_seconds", MetricType::Histogram, {"verb"}, "seconds", "How long it took."}, {0.1, 1}};
    MetricRegistry registry;
    registry.add(requests);
    registry.add(depth);
    registry.add(took);
    requests.add({"200", "GET"});
    requests.add({"200", "GET"}, 2);
    requests.add({"<error>", "GET"});
    depth.set({}, 7);
    took.observe({"GET"}, milliseconds{50});
    took.observe({"GET"}, milliseconds{500});
    took.observe({"GET"}, milliseconds{5000});
    CHECK(registry.expose() ==
          "# HELP requests_total Requests that were sent.\n"
          "# TYPE requests_total counter\n"
          "requests_total{code=\"200\",method=\"GET\"} 3\n"
          "requests_total{code=\"<error>\",method=\"GET\"} 1\n"
          "# HELP depth Keys that wait.\n"
          "# TYPE depth gauge\n"
          "depth 7\n"
          "# HELP took_seconds How long it took.\n"
          "# TYPE took_seconds histogram\n"
          "took_seconds_count{verb=\"GET\"} 3\n"
          "took_seconds_sum{verb=\"GET\"} 5.55\n"
          "took_seconds_bucket{verb=\"GET\",le=\"0.1\"} 1\n"
          "took_seconds_bucket{verb=\"GET\",le=\"1\"} 2\n"
          "took_seconds_bucket{verb=\"GET\",le=\"+Inf\"} 3\n");
    const auto described = registry.describe();
    REQUIRE(described.size() == 3);
    CHECK(described[2].name == "took_seconds");
}

TEST_CASE("a label value of others cannot end its line or its quotes") {
    ValueTable cost{{"cost", MetricType::Gauge, {"cost_center"}, "currency", "Cost."}};
    cost.set({"CC\"} 1\nforged{a=\"\\"}, 2);
    MetricRegistry registry;
    registry.add(cost);
    CHECK_THAT(registry.expose(), Contains("\ncost{cost_center=\"CC\\\"} 1\\nforged{a=\\\"\\\\\"} 2\n"));
}

TEST_CASE("series that are taken out are gone, others go on") {
    ValueTable errors{{"errors_total", MetricType::Counter, {"policy"}, "errors", "Errors."}};
    errors.add({"main"});
    errors.add({"old"});
    errors.erase([](const LabelValues& values) { return values[0] == "old"; });
    errors.add({"main"});
    MetricRegistry registry;
    registry.add(errors);
    const std::string text = registry.expose();
    CHECK_THAT(text, Contains("errors_total{policy=\"main\"} 2\n"));
    CHECK_THAT(text, !Contains("old"));
}

TEST_CASE("a time is exposed to the millisecond") {
    ValueTable last{{"last_timestamp_seconds", MetricType::Gauge, {}, "Unix time", "When."}};
    last.set({}, unixTime(*parseInstant("2026-11-24T13:30:00.25Z")));
    MetricRegistry registry;
    registry.add(last);
    CHECK_THAT(registry.expose(), Contains("last_timestamp_seconds 1795527000.25\n"));
}
