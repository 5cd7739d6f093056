#include "controllers/usage/prometheus.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "operator/runtime/base/json_text.hpp"
#include "operator/runtime/base/utf8.hpp"
#include "operator/runtime/http/http.hpp"

namespace bursar::usage {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kTokensMetric = "bursar_gateway_tokens_total";
constexpr std::string_view kRefusedMetric = "bursar_gateway_refused_total";
constexpr std::string_view kUpMetric = "up";
constexpr std::string_view kStartMetric = "process_start_time_seconds";
constexpr std::size_t kMaxAnswer = 64U << 20U;  // the step is made smaller where one is larger (PolicyAccount)
constexpr std::size_t kMostSaid = 300;          // bytes of its own error that a message repeats
constexpr double kLatestTime = 1e11;            // Unix seconds; far from what an Instant can hold
constexpr double kLargestExact = 9'007'199'254'740'992.0;  // 2^53: above it a double skips whole numbers

std::string escaped(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (c == '\\' || c == '"') text += '\\';
        if (c == '\n') {
            text += "\\n";
        } else {
            text += c;
        }
    }
    return text;
}

Error malformed(std::string_view why) {
    return makeError(ErrorCode::Internal,
                     fmt::format("the answer of Prometheus cannot be used: {}", boundedText(why, kMostSaid)));
}

// Prometheus writes timestamps as seconds with up to three decimals.
Instant instantOf(double timestamp) {
    return Instant{std::chrono::milliseconds{static_cast<std::int64_t>(std::llround(timestamp * 1000.0))}};
}

struct RawSample {
    Instant at;
    double value = 0;
};

Result<RawSample> readSample(const Json& pair) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string()) {
        return malformed("a sample is not [time, \"value\"]");
    }
    const double time = pair[0].get<double>();
    if (!(time >= 0 && time < kLatestTime)) return malformed("a sample's time is out of range");
    const auto& text = pair[1].get_ref<const std::string&>();
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || end != text.c_str() + text.size() || !std::isfinite(value)) {
        return malformed(fmt::format("\"{}\" is not a finite number", boundedText(text, 40)));
    }
    return RawSample{instantOf(time), value};
}

Result<Sample> wholeSample(const RawSample& raw) {
    if (raw.value < 0 || raw.value > kLargestExact || raw.value != std::floor(raw.value)) {
        return malformed(fmt::format("a counter holds {}, which is no whole number", raw.value));
    }
    return Sample{raw.at, static_cast<std::int64_t>(raw.value)};
}

class MatrixReader {
  public:
    Result<void> add(const Json& series) {
        const Json metric = series.value("metric", Json::object());
        const std::string name = metric.value("__name__", "");
        const std::string target = metric.value("job", "") + "/" + metric.value("instance", "");
        if (!series.contains("values") || !series["values"].is_array()) return malformed("a series has no values");
        CounterSeries counter{jsonText(metric), target, metric.value("team", ""), metric.value("pool", ""), {}};
        if (name == kRefusedMetric) counter.counts = CounterSeries::Counts::Refusals;
        counter.model = metric.value("model", "");
        counter.type = api::parseTokenType(metric.value("token_type", ""));
        for (const Json& pair : series["values"]) {
            auto raw = readSample(pair);
            if (!raw) return raw.error();
            if (name == kUpMetric) {
                if (raw->value == 1) batch_.targets[target].upAt.push_back(raw->at);
            } else if (name == kStartMetric) {
                if (!(raw->value >= 0 && raw->value < kLatestTime))
                    return malformed("the start of a process is out of range");
                batch_.targets[target].processStarts.push_back({raw->at, static_cast<std::int64_t>(raw->value)});
            } else {
                auto sample = wholeSample(*raw);
                if (!sample) return sample.error();
                counter.samples.push_back(*sample);
            }
        }
        if (!counter.samples.empty()) batch_.series.push_back(std::move(counter));
        return {};
    }

    UsageBatch take() { return std::move(batch_); }

  private:
    UsageBatch batch_;
};

// A field of another type than Prometheus documents makes nlohmann throw.
Result<void> readWhole(MatrixReader& reader, const Json& series) {
    try {
        return reader.add(series);
    } catch (const Json::exception& problem) {
        return malformed(problem.what());
    }
}

}  // namespace

std::string buildRangeQuery(const api::PrometheusUsage& usage, Duration span) {
    std::map<std::string, std::string> selector = usage.selector;
    if (selector.empty()) selector["job"] = "ratelimit";
    std::string matchers =
        fmt::format("__name__=~\"{}|{}|{}|{}\"", kTokensMetric, kRefusedMetric, kUpMetric, kStartMetric);
    for (const auto& [label, value] : selector) matchers += fmt::format(",{}=\"{}\"", label, escaped(value));
    return fmt::format("{{{}}}[{}ms]", matchers, std::chrono::ceil<std::chrono::milliseconds>(span).count());
}

// Each series is read and given up as soon as the parser has it, so that an answer is held once, as text.
Result<UsageBatch> parseMatrix(std::string_view body) {
    constexpr int kSeriesDepth = 3;  // {"data": {"result": [ {
    MatrixReader reader;
    Result<void> read;
    const auto readSeries = [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (depth != kSeriesDepth || event != Json::parse_event_t::object_end) return true;
        if (read) read = readWhole(reader, parsed);
        return false;
    };
    const auto answer = parseJson(body, readSeries);
    if (!answer) return malformed(answer.error().message);
    if (!answer->is_object()) return malformed("it is no object");
    try {
        if (answer->value("status", "") != "success") return malformed(answer->value("error", "no status"));
        const Json& data = answer->at("data");
        if (data.value("resultType", "") != "matrix") return malformed("it is not a matrix");
        if (!data.at("result").is_array()) return malformed("its result is no list");
        if (!read) return read.error();
        return reader.take();
    } catch (const Json::exception& problem) {
        return malformed(problem.what());
    }
}

std::optional<Error> unsupported(const api::PrometheusUsage& usage) {
    if (usage.preset != api::UsagePreset::EnvoyRateLimit) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("spec.usage.prometheus.preset: {} is not implemented yet; use EnvoyRateLimit",
                                     api::toString(usage.preset)));
    }
    if (usage.wantsBearerToken) {
        return makeError(ErrorCode::InvalidArgument,
                         "spec.usage.prometheus.bearerTokenSecretRef: is not implemented yet; leave it out and let the "
                         "network decide who may read Prometheus");
    }
    return std::nullopt;
}

Result<UsageBatch> queryRange(const api::PrometheusUsage& usage, Instant to, Duration span, std::stop_token stop) {
    if (auto error = unsupported(usage)) return std::move(*error);
    http::HttpRequest request;
    request.url = usage.url;
    request.caPem = usage.caBundle;
    request.maxBytes = kMaxAnswer;
    request.stop = std::move(stop);
    while (!request.url.empty() && request.url.back() == '/') request.url.pop_back();
    request.url += "/api/v1/query";
    const double seconds = static_cast<double>(to.time_since_epoch().count()) / 1e6;
    request.form = {{"query", buildRangeQuery(usage, span)}, {"time", fmt::format("{:.3f}", seconds)}};
    auto body = http::postForm(request);
    if (!body) return body.error();
    return parseMatrix(*body);
}

}  // namespace bursar::usage
