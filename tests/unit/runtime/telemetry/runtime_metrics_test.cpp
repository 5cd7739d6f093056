#include "operator/runtime/telemetry/runtime_metrics.hpp"

#include <catch2/catch.hpp>

#include "operator/runtime/telemetry/process_metrics.hpp"

using namespace bursar;
using namespace bursar::telemetry;
using Catch::Matchers::Contains;
using std::chrono::milliseconds;

namespace {

std::string exposed(const RuntimeMetrics& metrics) {
    MetricRegistry registry;
    metrics.addTo(registry);
    return registry.expose();
}

// The value of a series without labels.
double valueOf(const std::string& text, const std::string& name) {
    const auto at = text.find("\n" + name + " ");
    REQUIRE(at != std::string::npos);
    return std::stod(text.substr(at + name.size() + 2));
}

}  // namespace

TEST_CASE("requests are counted by code, method and host; watches take no time") {
    RuntimeMetrics metrics;
    const kube::RequestObserver observe = metrics.requests();
    observe({"GET", "10.0.0.1:443", 200, false, milliseconds{20}});
    observe({"GET", "10.0.0.1:443", 200, true, std::chrono::minutes{5}});
    observe({"PATCH", "10.0.0.1:443", 0, false, milliseconds{20}});
    const std::string text = exposed(metrics);
    CHECK_THAT(text, Contains("rest_client_requests_total{code=\"200\",method=\"GET\",host=\"10.0.0.1:443\"} 2\n"));
    CHECK_THAT(text,
               Contains("rest_client_requests_total{code=\"<error>\",method=\"PATCH\",host=\"10.0.0.1:443\"} 1\n"));
    CHECK_THAT(text, Contains("rest_client_request_duration_seconds_count{verb=\"GET\",host=\"10.0.0.1:443\"} 1\n"));
}

TEST_CASE("an answer gives the clock skew, and the expiry of the client's certificate") {
    RuntimeMetrics metrics;
    const kube::RequestObserver observe = metrics.requests();
    observe({"GET", "10.0.0.1:443", 0, false, milliseconds{20}});
    CHECK_THAT(exposed(metrics),
               !Contains("\nbursar_clock_skew_seconds ") && !Contains("expiration_timestamp_seconds{"));
    kube::RequestOutcome outcome{"GET", "10.0.0.1:443", 200, false, milliseconds{20}};
    const Instant now = *parseInstant("2026-11-24T08:00:00Z");
    outcome.dated = kube::DatedAnswer{now, now, now + std::chrono::seconds{90}};
    outcome.certificateExpires = *parseInstant("2027-01-01T00:00:00Z");
    observe(outcome);
    CHECK(valueOf(exposed(metrics), "bursar_clock_skew_seconds") == -90);
    CHECK(valueOf(exposed(metrics), "bursar_client_certificate_expiration_timestamp_seconds{host=\"10.0.0.1:443\"}") ==
          1798761600);
}

TEST_CASE("a work queue tells how many wait, for how long, and how long the work takes") {
    RuntimeMetrics metrics;
    ManualClock clock{*parseInstant("2026-11-24T08:00:00Z")};
    kube::WorkQueue queue{clock, {}, metrics.queue("status")};
    CHECK_THAT(exposed(metrics), Contains("workqueue_adds_total{name=\"status\"} 0\n"));
    queue.add("a");
    queue.add("a");  // is there
    queue.add("b");
    CHECK_THAT(exposed(metrics), Contains("workqueue_depth{name=\"status\"} 2\n"));
    clock.advance(std::chrono::seconds{2});
    REQUIRE(queue.next() == "a");
    queue.add("a");  // comes back when it is done
    clock.advance(milliseconds{500});
    queue.done("a");
    REQUIRE(queue.next() == "b");
    queue.addRateLimited("b");
    queue.done("b");
    const std::string text = exposed(metrics);
    CHECK_THAT(text, Contains("workqueue_adds_total{name=\"status\"} 4\n"));
    CHECK_THAT(text, Contains("workqueue_retries_total{name=\"status\"} 1\n"));
    CHECK_THAT(text, Contains("workqueue_depth{name=\"status\"} 2\n"));
    CHECK_THAT(text, Contains("workqueue_queue_duration_seconds_sum{name=\"status\"} 4.5\n"));
    CHECK_THAT(text, Contains("workqueue_work_duration_seconds_sum{name=\"status\"} 0.5\n"));
}

TEST_CASE("who leads, what was listed again, and events") {
    RuntimeMetrics metrics;
    metrics.leads("bursar", false);
    const auto relisted = metrics.relists("teamquotas");
    CHECK_THAT(exposed(metrics), Contains("leader_election_master_status{name=\"bursar\"} 0\n") &&
                                     Contains("bursar_informer_relists_total{resource=\"teamquotas\"} 0\n"));
    metrics.leads("bursar", true);
    relisted();
    metrics.events().recorded(kube::EventType::Warning, "Denied");
    metrics.events().dropped();
    CHECK_THAT(exposed(metrics), Contains("leader_election_master_status{name=\"bursar\"} 1\n") &&
                                     Contains("bursar_informer_relists_total{resource=\"teamquotas\"} 1\n") &&
                                     Contains("bursar_events_total{type=\"Warning\",reason=\"Denied\"} 1\n") &&
                                     Contains("\nbursar_events_dropped_total 1\n"));
}

TEST_CASE("the process says what it takes of its machine") {
    const ProcessMetrics process;
    MetricRegistry registry;
    registry.add(process);
    const std::string text = registry.expose();
    CHECK(valueOf(text, "process_resident_memory_bytes") > 1e6);
    CHECK(valueOf(text, "process_virtual_memory_bytes") > valueOf(text, "process_resident_memory_bytes"));
    CHECK(valueOf(text, "process_open_fds") >= 3);
    CHECK(valueOf(text, "process_open_fds") < valueOf(text, "process_max_fds"));
    CHECK(valueOf(text, "process_threads") >= 1);
    CHECK(valueOf(text, "process_cpu_seconds_total") >= 0);
    const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    CHECK(valueOf(text, "process_start_time_seconds") < now + 1);
    CHECK(valueOf(text, "process_start_time_seconds") > now - 3600);
}

TEST_CASE("exceptions are counted by thread, from 0 on") {
    RuntimeMetrics metrics;
    const OnException onException = metrics.exceptions("status-writer");
    CHECK_THAT(exposed(metrics), Contains("bursar_thread_exceptions_total{thread=\"status-writer\"} 0\n"));
    onException("boom");
    onException("boom");
    onException("crash");
    metrics.events().onException("boom");
    CHECK_THAT(exposed(metrics), Contains("bursar_thread_exceptions_total{thread=\"status-writer\"} 3\n") &&
                                     Contains("bursar_thread_exceptions_total{thread=\"events\"} 1\n"));
}
