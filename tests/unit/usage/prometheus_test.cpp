#include "controllers/usage/prometheus.hpp"

#include <catch2/catch.hpp>

#include "operator/runtime/base/utf8.hpp"

using namespace bursar;
using namespace bursar::usage;
using Catch::Matchers::Contains;

namespace {

std::string matrix(const std::string& series) {
    return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}";
}

std::string tokens(const std::string& value) {
    return R"({"metric":{"__name__":"bursar_gateway_tokens_total","job":"ratelimit","instance":"h:1","team":"search",)"
           R"("pool":"chat","model":"gpt-4o","token_type":"input"},"values":[[1700000000.125,")" +
           value + R"("]]})";
}

std::string errorOf(const std::string& body) {
    const auto parsed = parseMatrix(body);
    REQUIRE_FALSE(parsed);
    return parsed.error().message;
}

}  // namespace

TEST_CASE("the query asks for raw samples, and values of the policy cannot leave their quotes") {
    api::PrometheusUsage usage;
    CHECK(buildRangeQuery(usage, std::chrono::seconds{75}) ==
          "{__name__=~\"bursar_gateway_tokens_total|bursar_gateway_refused_total|up|process_start_time_seconds\",job="
          "\"ratelimit\"}[75000ms]");
    usage.selector = {{"cluster", "a\"} or vector(1) #\n\\"}};
    CHECK_THAT(buildRangeQuery(usage, std::chrono::seconds{1}), Contains(R"(cluster="a\"} or vector(1) #\n\\"})"));
}

TEST_CASE("series, scrapes and process starts are told apart") {
    const auto batch = parseMatrix(matrix(
        tokens("42") +
        R"(,{"metric":{"__name__":"up","job":"ratelimit","instance":"h:1"},"values":[[1700000000,"1"],[1700000001,"0"]]})"
        R"(,{"metric":{"__name__":"process_start_time_seconds","job":"ratelimit","instance":"h:1"},)"
        R"("values":[[1700000000,"1.69999e+09"]]})"));
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
    CHECK(target.upAt.size() == 1);  // a failed scrape is none
    CHECK(target.processStarts[0].value == 1'699'990'000);
}

TEST_CASE("a counter that lies is refused, never rounded") {
    for (const char* value : {"NaN", "+Inf", "1.5", "-1", "1e300", "", "12x"}) {
        CHECK_THAT(errorOf(matrix(tokens(value))), Contains("cannot be used"));
    }
    CHECK(parseMatrix(matrix(tokens("9007199254740992"))));
}

TEST_CASE("whatever else comes back is an error with a reason, not a crash") {
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

TEST_CASE("what cannot be read yet is said, never shown as zero") {
    api::PrometheusUsage usage;
    CHECK_FALSE(unsupported(usage));
    usage.preset = api::UsagePreset::LiteLLM;
    CHECK_THAT(unsupported(usage)->message, Contains("LiteLLM is not implemented yet"));
    CHECK_THAT(queryRange(usage, Instant{}, std::chrono::seconds{1}).error().message, Contains("LiteLLM"));
    usage.preset = api::UsagePreset::EnvoyRateLimit;
    usage.wantsBearerToken = true;
    CHECK_THAT(unsupported(usage)->message, Contains("bearerTokenSecretRef"));
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
