#include "operator/runtime/telemetry/http_request.hpp"

#include <catch2/catch.hpp>

using namespace bursar::telemetry;

TEST_CASE("a GET of a path is answered by its route, everything else by what is wrong with it") {
    struct Case {
        const char* request;
        int status;
    };
    const Case cases[] = {
        {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200},
        {"GET /healthz?verbose=1 HTTP/1.0\r\n\r\n", 200},
        {"GET /healthzz HTTP/1.1\r\n\r\n", 404},
        {"GET /%68ealthz HTTP/1.1\r\n\r\n", 404},
        {"GET http://else.example/healthz HTTP/1.1\r\n\r\n", 404},
        {"GET  /healthz HTTP/1.1\r\n\r\n", 400},  // no target is between two spaces
        {"POST /healthz HTTP/1.1\r\n\r\n", 405},
        {"get /healthz HTTP/1.1\r\n\r\n", 405},
        {"POST /else HTTP/1.1\r\n\r\n", 404},
        {"GET /healthz HTTP/2.0\r\n\r\n", 400},
        {"GET /healthz\r\n\r\n", 400},
        {"GET\r\n\r\n", 400},
        {"\r\nGET /healthz HTTP/1.1\r\n\r\n", 400},
        {"", 400},
    };
    const HttpRoutes routes = {{"/healthz", []() -> HttpReply { return {200, "ok\n"}; }}};
    for (const Case& each : cases) {
        CAPTURE(each.request);
        CHECK(answerTo(each.request, routes).status == each.status);
    }
}

TEST_CASE("an answer says how long it is, and what else may be asked") {
    CHECK(render({200, "ok\n"}) ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\nConnection: "
          "close\r\n\r\nok\n");
    CHECK(render({405, "only GET\n"}) ==
          "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\n"
          "Connection: close\r\nAllow: GET\r\n\r\nonly GET\n");
    CHECK(render({503, "", "text/html"}) ==
          "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: 0\r\nConnection: "
          "close\r\n\r\n");
}
