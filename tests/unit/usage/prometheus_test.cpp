#include "controllers/usage/prometheus.hpp"

#include <catch2/catch.hpp>

#include "controllers/usage/open_usage_source.hpp"
#include "operator/runtime/base/utf8.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using namespace bursar::usage;
using Catch::Matchers::Contains;

namespace {

const MetricPreset& kEnvoy = *findPreset(metricPresets(), api::UsagePreset::EnvoyRateLimit);

// Another gateway's names, as a second row of the table would have them.
constexpr MetricPreset kOther[] = {{.name = api::UsagePreset::LiteLLM,
                                    .tokens = "litellm_tokens_total",
                                    .refusals = "litellm_rejected_total",
                                    .labels = {.team = "tenant", .pool = "budget", .model = "llm", .tokenType = "kind"},
                                    .selector = {.label = "app", .value = "litellm"}}};

std::string matrix(const std::string& series) {
    return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}";
}

std::string tokens(const std::string& value) {
    return R"({"metric":{"__name__":"bursar_gateway_tokens_total","job":"ratelimit","instance":"h:1","team":"search",)"
           R"("pool":"chat","model":"gpt-4o","token_type":"input"},"values":[[1700000000.125,")" +
           value + R"("]]})";
}

std::string errorOf(const std::string& body) {
    const auto parsed = parseMatrix(body, kEnvoy);
    REQUIRE_FALSE(parsed);
    return parsed.error().message;
}

}  // namespace

TEST_CASE("the query asks for raw samples, and values of the policy cannot leave their quotes") {
    api::PrometheusUsage usage;
    CHECK(buildRangeQuery(usage, kEnvoy, std::chrono::seconds{75}) ==
          "{__name__=~\"bursar_gateway_tokens_total|bursar_gateway_refused_total|up|process_start_time_seconds\",job="
          "\"ratelimit\"}[75000ms]");
    usage.selector = {{"cluster", "a\"} or vector(1) #\n\\"}};
    CHECK_THAT(buildRangeQuery(usage, kEnvoy, std::chrono::seconds{1}),
               Contains(R"(cluster="a\"} or vector(1) #\n\\"})"));
}

TEST_CASE("series, scrapes and process starts are distinguished") {
    const auto batch = parseMatrix(
        matrix(
            tokens("42") +
            R"(,{"metric":{"__name__":"up","job":"ratelimit","instance":"h:1"},"values":[[1700000000,"1"],[1700000001,"0"]]})"
            R"(,{"metric":{"__name__":"process_start_time_seconds","job":"ratelimit","instance":"h:1"},)"
            R"("values":[[1700000000,"1.69999e+09"]]})"),
        kEnvoy);
    REQUIRE(batch);
    REQUIRE(batch->series.size() == 1);
    CHECK(batch->series[0].team == "search");
    CHECK(batch->series[0].pool == "chat");
    CHECK(batch->series[0].model == "gpt-4o");
    CHECK(batch->series[0].type == api::TokenType::Input);
    CHECK(batch->series[0].target == "ratelimit/h:1");
    CHECK(batch->series[0].samples[0].value == 42);
    CHECK(batch->series[0].samples[0].at == Instant{std::chrono::milliseconds{1'700'000'000'125}});
    const TargetHistory& target = batch->targets.at("ratelimit/h:1");
    CHECK(target.upAt.size() == 1);  // the failed scrape does not count
    CHECK(target.processStarts[0].value == 1'699'990'000);
}

TEST_CASE("a counter that is not a whole number is refused, never rounded") {
    for (const char* value : {"NaN", "+Inf", "1.5", "-1", "1e300", "", "12x"}) {
        CHECK_THAT(errorOf(matrix(tokens(value))), Contains("cannot be used"));
    }
    CHECK(parseMatrix(matrix(tokens("9007199254740992")), kEnvoy));
}

TEST_CASE("any other answer is an error with a reason, not a crash") {
    CHECK_THAT(errorOf("<html>"), Contains("not JSON"));
    CHECK_THAT(errorOf(R"({"status":"error","error":"query timed out"})"), Contains("query timed out"));
    CHECK_THAT(errorOf(R"({"status":"success","data":{"resultType":"vector","result":[]}})"), Contains("not a matrix"));
    CHECK_THAT(errorOf(R"({"status":7})"), Contains("cannot be used"));
    CHECK_THAT(errorOf(R"({"status":"success"})"), Contains("cannot be used"));
    CHECK_THAT(errorOf(R"({"status":"success","data":{"resultType":"matrix","result":{}}})"), Contains("no list"));
    CHECK_THAT(errorOf("[]"), Contains("no object"));
    CHECK_THAT(errorOf(std::string(200, '[')), Contains("nested more than 100 deep"));
    CHECK_THAT(errorOf(matrix(tokens("1")).substr(0, 200)), Contains("not JSON"));  // cut off
    CHECK_THAT(errorOf(matrix(R"({"metric":{},"values":7})")), Contains("no values"));
    const std::string typed = errorOf(matrix(R"({"metric":{"team":7},"values":[]})"));
    CHECK_THAT(typed, Contains("cannot be used: [json.exception.type_error") && !Contains("not JSON"));
    CHECK_THAT(errorOf(matrix(R"({"metric":{},"values":[[1]]})")), Contains("not [time"));
    CHECK_THAT(errorOf(matrix(R"({"metric":{},"values":[[1e20,"1"]]})")), Contains("out of range"));
}

TEST_CASE("metrics, labels and selector come from the preset's row") {
    CHECK(buildRangeQuery({}, kOther[0], std::chrono::seconds{2}) ==
          "{__name__=~\"litellm_tokens_total|litellm_rejected_total|up|process_start_time_seconds\",app=\"litellm\"}"
          "[2000ms]");
    const auto batch =
        parseMatrix(matrix(R"({"metric":{"__name__":"litellm_tokens_total","job":"j","instance":"i","tenant":"search",)"
                           R"("budget":"chat","llm":"gpt-4o","kind":"output","team":"no","pool":"no","model":"no"},)"
                           R"("values":[[1700000000,"3"]]},)"
                           R"({"metric":{"__name__":"litellm_rejected_total","tenant":"search","budget":"chat"},)"
                           R"("values":[[1700000000,"1"]]})"),
                    kOther[0]);
    REQUIRE(batch);
    REQUIRE(batch->series.size() == 2);
    CHECK(batch->series[0].team == "search");
    CHECK(batch->series[0].pool == "chat");
    CHECK(batch->series[0].model == "gpt-4o");
    CHECK(batch->series[0].type == api::TokenType::Output);
    CHECK(batch->series[0].counts == CounterSeries::Counts::Tokens);
    CHECK(batch->series[1].counts == CounterSeries::Counts::Refusals);
    CHECK(batch->series[1].team == "search");
}

TEST_CASE("unsupported settings are an error of every read, never zero usage") {
    const auto errorOf = [](const api::PrometheusUsage& usage, std::span<const MetricPreset> presets) {
        const auto answer = PrometheusSource{usage, presets}.read(Instant{}, std::chrono::seconds{1}, {});
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::InvalidArgument);
        return answer.error().message;
    };
    api::PrometheusUsage usage;
    usage.preset = api::UsagePreset::LiteLLM;
    CHECK(errorOf(usage, metricPresets()) ==
          "spec.usage.prometheus.preset: LiteLLM is not implemented yet; use EnvoyRateLimit");
    usage.preset = api::UsagePreset::EnvoyRateLimit;
    CHECK_THAT(errorOf(usage, kOther), Contains("EnvoyRateLimit is not implemented yet; use LiteLLM"));
    usage.wantsBearerToken = true;
    CHECK_THAT(errorOf(usage, metricPresets()), Contains("bearerTokenSecretRef"));
}

TEST_CASE("a policy's source is made by its type and knows its own settings") {
    auto policy = bursar::testing::makePolicy();
    CHECK(openUsageSource(policy.raw()) == nullptr);
    policy.raw().usageType = api::UsageType::Prometheus;
    policy.raw().prometheus.url = "http://prometheus:9090";
    policy.raw().prometheus.staleAfter = std::chrono::minutes{7};
    const auto source = openUsageSource(policy.raw());
    REQUIRE(source);
    CHECK(source->facts().endpoint == "http://prometheus:9090");
    CHECK(source->facts().staleAfter == std::chrono::minutes{7});
    CHECK(source->isFor(policy.raw()));
    policy.raw().prometheus.caBundle = "another";
    CHECK_FALSE(source->isFor(policy.raw()));
}

TEST_CASE("an answer in bytes that are no UTF-8, or of an endless error, is refused in few words of UTF-8") {
    const std::string latin1 = errorOf("<h1>Zugriff verweigert f\xfcr alle</h1>");
    CHECK(isUtf8(latin1));
    CHECK(isUtf8(errorOf(R"({"status":"error","error":"f)"
                         "\xfc"
                         R"(r"})")));
    CHECK(errorOf(R"({"status":"error","error":")" + std::string(100'000, 'x') + "\"}").size() < 400);
    CHECK(isUtf8(errorOf(matrix(tokens(std::string(39, 'x') + "\u00e9")))));  // cut at 40 bytes
}
