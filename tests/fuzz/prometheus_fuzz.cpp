// libFuzzer target for Prometheus' answers: a counter is a whole number that a double holds exactly, or the answer is
// refused.
#include "controllers/usage/prometheus.hpp"
#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bursar;
    const auto batch = usage::parseMatrix(testing::textOf(data, size), usage::metricPresets().front());
    if (!batch) {
        testing::require(!batch.error().message.empty());
        return 0;
    }
    for (const auto& series : batch->series) {
        testing::require(!series.samples.empty());
        for (const auto& sample : series.samples) {
            testing::require(sample.value >= 0 && sample.value <= (std::int64_t{1} << 53));
            testing::require(sample.at >= Instant{});
        }
    }
    return 0;
}
