// What of HTTP the server for probes and scrapes knows: a request's first line, and how an answer is written. Pure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace bursar::telemetry {

struct HttpReply {
    int status = 200;
    std::string body;
    std::string contentType = "text/plain; charset=utf-8";
};

// By path, as `/healthz`.
using HttpRoutes = std::map<std::string, std::function<HttpReply()>, std::less<>>;

// The route's reply to a GET of its path, whatever its query and headers are; 400, 404 or 405 to everything else.
HttpReply answerTo(std::string_view request, const HttpRoutes& routes);

// As it is sent: the connection is closed behind it.
std::string render(const HttpReply& reply);

}  // namespace bursar::telemetry
