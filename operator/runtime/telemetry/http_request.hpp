// The part of HTTP that a server for probes and scrapes needs: reads a request's first line, writes a reply. Pure.
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

// The reply of the route for a GET of its path, with any query and headers; 400, 404 or 405 otherwise.
HttpReply answerTo(std::string_view request, const HttpRoutes& routes);

// The reply as text. It says that the connection is closed after it.
std::string render(const HttpReply& reply);

}  // namespace bursar::telemetry
