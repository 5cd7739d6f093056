#include "operator/runtime/telemetry/http_request.hpp"

#include <fmt/format.h>

namespace bursar::telemetry {
namespace {

std::string reasonOf(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 431:
            return "Request Header Fields Too Large";
        default:
            return "Service Unavailable";
    }
}

}  // namespace

std::string render(const HttpReply& reply) {
    return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}",
                       reply.status, reasonOf(reply.status), reply.contentType, reply.body.size(),
                       reply.status == 405 ? "Allow: GET\r\n" : "", reply.body);
}

HttpReply answerTo(std::string_view request, const HttpRoutes& routes) {
    const std::string_view line = request.substr(0, request.find("\r\n"));
    const auto methodEnd = line.find(' ');
    const auto targetEnd = line.find(' ', methodEnd == std::string_view::npos ? 0 : methodEnd + 1);
    if (methodEnd == std::string_view::npos || targetEnd == std::string_view::npos ||
        !line.substr(targetEnd + 1).starts_with("HTTP/1.")) {
        return {400, "not an HTTP request\n"};
    }
    const std::string_view target = line.substr(methodEnd + 1, targetEnd - methodEnd - 1);
    const auto route = routes.find(target.substr(0, target.find('?')));
    if (route == routes.end()) return {404, "not found\n"};
    if (line.substr(0, methodEnd) != "GET") return {405, "only GET\n"};
    return route->second();
}

}  // namespace bursar::telemetry
