#include "operator/runtime/kube/api_answer.hpp"
#include "operator/runtime/http/http.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::kube;
using Catch::Matchers::Contains;

namespace {

std::string whyNotWatched(const std::string& line) {
    const auto event = watchEventOf(line);
    REQUIRE_FALSE(event);
    return event.error().message;
}

}  // namespace

TEST_CASE("a line of a watch is an event with its object") {
    const auto event = watchEventOf(R"({"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"7"}}})");
    REQUIRE(event);
    CHECK(event->type == WatchEvent::Type::Modified);
    CHECK(keyOf(event->object) == Key{"", "a"});
}

TEST_CASE("an event of type ERROR is the error its status tells") {
    const auto gone = watchEventOf(
        R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}})");
    REQUIRE_FALSE(gone);
    CHECK(gone.error().isGone());
    CHECK(gone.error().message == "too old");
    const auto odd = watchEventOf(R"({"type":"SURPRISE","object":{"code":"410"}})");
    REQUIRE_FALSE(odd);
    CHECK(odd.error().code == ErrorCode::Unavailable);
}

TEST_CASE("a line that is none is refused, not thrown at") {
    CHECK_THAT(whyNotWatched(R"({"type":"ADDED","object":)"), Contains("a watch event: "));
    CHECK_THAT(whyNotWatched("[]"), Contains("not of the form {type, object}"));
    CHECK_THAT(whyNotWatched(R"({"type":"ADDED","object":7})"), Contains("not of the form {type, object}"));
    CHECK_THAT(whyNotWatched(R"({"type":"ADDED","object":{}})"), Contains("has no metadata"));
    CHECK_THAT(whyNotWatched(R"({"type":"ADDED","object":{"metadata":[]}})"), Contains("metadata is not an object"));
    CHECK_THAT(whyNotWatched(R"({"type":"ADDED","object":{"metadata":{"name":7}}})"),
               Contains("metadata.name is not a text"));
    CHECK_THAT(whyNotWatched(R"({"type":"ADDED","object":{"metadata":{"labels":{"a":1}}}})"),
               Contains("metadata.labels is not a map of texts"));
}

TEST_CASE("what is nested too deep is refused before it can exhaust the stack") {
    const std::string deep(2'000'000, '[');
    CHECK_THAT(whyNotWatched(R"({"type":"ADDED","object":{"metadata":{},"spec":)" + deep),
               Contains("more than 100 deep"));
    const auto object = objectOf(deep);
    REQUIRE_FALSE(object);
    CHECK_THAT(object.error().message, Contains("more than 100 deep"));
    CHECK(errorOfAnswer(500, deep, 0).message.size() < 400);
}

TEST_CASE("a page has its items, its version and what continues it") {
    const auto page = pageOf({{"metadata", {{"resourceVersion", "9"}, {"continue", "next"}}},
                              {"items", {{{"metadata", {{"name", "a"}}}}, {{"metadata", {{"name", "b"}}}}}}});
    REQUIRE(page);
    CHECK(page->items.size() == 2);
    CHECK(page->resourceVersion == "9");
    CHECK(page->next == "next");
    CHECK(pageOf({{"items", nullptr}})->items.empty());
    CHECK_FALSE(pageOf({{"items", {{"a", 1}}}}));
    CHECK_FALSE(pageOf({{"items", {1, 2}}}));
}

TEST_CASE("a status says its reason and when to come back") {
    const Error busy =
        errorOfAnswer(429, R"({"kind":"Status","message":"later","details":{"retryAfterSeconds":7}})", 0);
    CHECK(busy.code == ErrorCode::TooManyRequests);
    CHECK(busy.message == "later");
    CHECK(busy.retryAfterSeconds == 7);
    CHECK(errorOfAnswer(429, R"({"kind":"Status","details":{"retryAfterSeconds":99999999999}})", 0).retryAfterSeconds ==
          3600);
    CHECK(errorOfAnswer(409, R"({"kind":"Status","reason":"AlreadyExists"})", 0).isAlreadyExists());
    CHECK(errorOfAnswer(502, "<html>", 3).message == "HTTP 502: <html>");
}

TEST_CASE("what a server says in bytes that are no UTF-8, or at length, is an error all the same") {
    const std::string page = "<h1>Zugriff verweigert f\xfcr diesen Empf\xe4nger</h1>";
    CHECK(http::refusalOf("https://finance.example/hook", 403, page).message ==
          "https://finance.example/hook: HTTP 403: <h1>Zugriff verweigert f\uFFFDr diesen Empf\uFFFDnger</h1>");
    CHECK(http::refusalOf("u", 403, page).code == ErrorCode::Forbidden);
    CHECK(http::refusalOf("u", 503, std::string(299, 'x') + "\u00e9").message ==
          "u: HTTP 503: " + std::string(299, 'x'));
    CHECK(errorOfAnswer(502, "f\xfcr", 0).message == "HTTP 502: f\uFFFDr");
    CHECK(errorOfAnswer(502, std::string(299, 'x') + "\u00e9", 0).message == "HTTP 502: " + std::string(299, 'x'));
    const std::string status = R"({"kind":"Status","message":")" + std::string(1'000'000, 'y') + "\"}";
    CHECK(errorOfAnswer(422, status, 0).message == std::string(8192, 'y'));
}
