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

constexpr std::string_view kUpMetric = "up";
constexpr std::string_view kStartMetric = "process_start_time_seconds";
constexpr std::size_t kMaxAnswer = 64U << 20U;             // PolicyAccount asks for a shorter span after a larger one
constexpr std::size_t kMostSaid = 300;                     // bytes of the server's own error that a message repeats
constexpr double kLatestTime = 1e11;                       // Unix seconds; far below the limit of an Instant
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

std::string textOf(const Json& object, std::string_view field) { return object.value(std::string{field}, ""); }

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
    explicit MatrixReader(const MetricPreset& preset) : preset_(preset) {}

    Result<void> add(const Json& series) {
        const Json metric = series.value("metric", Json::object());
        const std::string name = textOf(metric, "__name__");
        const std::string target = textOf(metric, "job") + "/" + textOf(metric, "instance");
        if (!series.contains("values") || !series["values"].is_array()) return malformed("a series has no values");
        CounterSeries counter{
            jsonText(metric), target, textOf(metric, preset_.labels.team), textOf(metric, preset_.labels.pool), {}};
        if (name == preset_.refusals) counter.counts = CounterSeries::Counts::Refusals;
        counter.model = textOf(metric, preset_.labels.model);
        counter.type = api::parseTokenType(textOf(metric, preset_.labels.tokenType));
        for (const Json& pair : series["values"]) {
            auto raw = readSample(pair);
            if (!raw) return raw.error();
            if (name == kUpMetric) {
                if (raw->value == 1) batch_.targets[target].upAt.push_back(raw->at);
            } else if (name == kStartMetric) {
                if (!(raw->value >= 0 && raw->value < kLatestTime)) {
                    return malformed("the start of a process is out of range");
                }
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
    const MetricPreset& preset_;
    UsageBatch batch_;
};

// nlohmann throws if a field does not have the type that Prometheus documents.
Result<void> readWhole(MatrixReader& reader, const Json& series) {
    try {
        return reader.add(series);
    } catch (const Json::exception& problem) {
        return malformed(problem.what());
    }
}

std::optional<Error> unsupportedBy(std::span<const MetricPreset> presets, const api::PrometheusUsage& usage) {
    if (findPreset(presets, usage.preset) == nullptr) {
        std::vector<std::string_view> names;
        for (const MetricPreset& preset : presets) names.push_back(api::toString(preset.name));
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("spec.usage.prometheus.preset: {} is not implemented yet; use {}",
                                     api::toString(usage.preset), fmt::join(names, " or ")));
    }
    if (usage.wantsBearerToken) {
        return makeError(ErrorCode::InvalidArgument,
                         "spec.usage.prometheus.bearerTokenSecretRef: is not implemented yet; leave it out and let the "
                         "network decide who may read Prometheus");
    }
    return std::nullopt;
}

}  // namespace

std::string buildRangeQuery(const api::PrometheusUsage& usage, const MetricPreset& preset, Duration span) {
    std::map<std::string, std::string> selector = usage.selector;
    if (selector.empty()) selector[std::string{preset.selector.label}] = preset.selector.value;
    std::string matchers =
        fmt::format("__name__=~\"{}|{}|{}|{}\"", preset.tokens, preset.refusals, kUpMetric, kStartMetric);
    for (const auto& [label, value] : selector) matchers += fmt::format(",{}=\"{}\"", label, escaped(value));
    return fmt::format("{{{}}}[{}ms]", matchers, std::chrono::ceil<std::chrono::milliseconds>(span).count());
}

// Converts each series as soon as it is parsed and drops its JSON, so that memory holds a large answer once, as text.
Result<UsageBatch> parseMatrix(std::string_view body, const MetricPreset& preset) {
    constexpr int kSeriesDepth = 3;  // {"data": {"result": [ {
    MatrixReader reader{preset};
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

PrometheusSource::PrometheusSource(api::PrometheusUsage usage, std::span<const MetricPreset> presets)
    : usage_(std::move(usage)),
      facts_{.endpoint = usage_.url,
             .pollInterval = usage_.pollInterval,
             .staleAfter = usage_.staleAfter,
             .neverScraped =
                 "Prometheus has no successful scrape (`up`) of the gateway's limiter; check "
                 "usage.prometheus.selector and the scrape configuration"},
      preset_(findPreset(presets, usage_.preset)),
      unsupported_(unsupportedBy(presets, usage_)) {}

bool PrometheusSource::isFor(const api::AllocationPolicy& policy) const {
    return policy.usageType == api::UsageType::Prometheus && policy.prometheus == usage_;
}

Result<UsageBatch> PrometheusSource::read(Instant to, Duration span, const std::stop_token& stop) {
    if (unsupported_) return *unsupported_;
    http::HttpRequest request;
    request.url = usage_.url;
    request.caPem = usage_.caBundle;
    request.maxBytes = kMaxAnswer;
    request.stop = stop;
    while (!request.url.empty() && request.url.back() == '/') request.url.pop_back();
    request.url += "/api/v1/query";
    const double seconds = static_cast<double>(to.time_since_epoch().count()) / 1e6;
    request.form = {{"query", buildRangeQuery(usage_, *preset_, span)}, {"time", fmt::format("{:.3f}", seconds)}};
    auto body = http::postForm(request);
    if (!body) return body.error();
    return parseMatrix(*body, *preset_);
}

}  // namespace bursar::usage
