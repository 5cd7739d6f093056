#include "operator/cli/run/operator_metrics.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/temporary_directory.hpp"

using namespace bursar;
using namespace bursar::cli;

namespace {

constexpr std::string_view kBegin =
    "<!-- The table is made of the metrics' own descriptions; a unit test holds it. -->\n";

std::string typeOf(const telemetry::MetricInfo& info) {
    if (info.type == prometheus::MetricType::Counter) return "counter";
    return info.type == prometheus::MetricType::Histogram ? "histogram" : "gauge";
}

std::string tableOf(const std::vector<telemetry::MetricInfo>& metrics) {
    std::string table = "| Metric | Type | Labels | Unit | What it says |\n| --- | --- | --- | --- | --- |\n";
    for (const auto& info : metrics) {
        table += fmt::format("| `{}` | {} | {} | {} | {} |\n", info.name, typeOf(info), fmt::join(info.labels, ", "),
                             info.unit, info.help);
    }
    return table;
}

}  // namespace

// BURSAR_UPDATE_GOLDEN=1 writes the table.
TEST_CASE("docs/metrics.md describes every metric as the operator does") {
    const OperatorMetrics metrics;
    const std::filesystem::path page = std::filesystem::path{BURSAR_DOCS} / "metrics.md";
    const std::string text = bursar::testing::readAll(page);
    const auto begin = text.find(kBegin);
    REQUIRE(begin != std::string::npos);
    const std::string before = text.substr(0, begin + kBegin.size());
    const std::string table = tableOf(metrics.registry.describe());
    if (std::getenv("BURSAR_UPDATE_GOLDEN") != nullptr) std::ofstream{page} << before << table;
    CHECK(bursar::testing::readAll(page) == before + table);
}

TEST_CASE("no two metrics have one name, and every name says its unit as Prometheus wants it") {
    const OperatorMetrics metrics;
    std::set<std::string> names;
    for (const auto& info : metrics.registry.describe()) {
        INFO(info.name);
        CHECK(names.insert(info.name).second);
        CHECK(info.name.ends_with("_total") == (info.type == prometheus::MetricType::Counter));
        const bool inSeconds = info.unit == "seconds" || info.unit == "Unix time";
        CHECK((info.name.ends_with("_seconds") || info.name.ends_with("_seconds_total")) == inSeconds);
        CHECK(info.help.ends_with("."));
    }
}

TEST_CASE("/metrics says which build it is, as the text format of Prometheus") {
    const OperatorMetrics metrics;
    const telemetry::HttpReply reply = metrics.routes().at("/metrics")();
    CHECK(reply.status == 200);
    CHECK(reply.contentType == "text/plain; version=0.0.4; charset=utf-8");
    CHECK_THAT(reply.body, Catch::Matchers::Contains("bursar_build_info{version=\"0."));
}
