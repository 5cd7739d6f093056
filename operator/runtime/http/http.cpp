#include "operator/runtime/http/http.hpp"

#include <fmt/format.h>

#include "operator/runtime/base/utf8.hpp"
#include "operator/runtime/http/http_transport.hpp"
#include "operator/runtime/http/tls.hpp"

namespace bursar::http {
namespace {

constexpr std::size_t kMostOfBody = 300;  // bytes of an answer that an error repeats

std::string encodeForm(const std::map<std::string, std::string>& form) {
    std::string body;
    for (const auto& [name, value] : form) {
        if (!body.empty()) body += '&';
        body += web::uri::encode_data_string(name) + "=" + web::uri::encode_data_string(value);
    }
    return body;
}

// The URL without user information, for messages.
std::string withoutCredentials(const web::uri& url) {
    web::uri_builder builder{url};
    builder.set_user_info("");
    builder.set_query("");
    return builder.to_string();
}

ErrorCode codeOf(int status) {
    if (status == 401) return ErrorCode::Unauthorized;
    if (status == 403) return ErrorCode::Forbidden;
    if (status == 404) return ErrorCode::NotFound;
    if (status == 429) return ErrorCode::TooManyRequests;
    return status >= 500 ? ErrorCode::Unavailable : ErrorCode::InvalidArgument;
}

struct Peer {
    std::string url;
    std::string caPem;
    std::chrono::seconds timeout;
    std::size_t maxBytes;
    std::stop_token stop;
};

Result<std::string> post(const Peer& peer, HttpExchange exchange) {
    if (!web::uri::validate(peer.url)) {
        return makeError(ErrorCode::InvalidArgument, fmt::format("\"{}\" is not a URL", peer.url));
    }
    const web::uri url{peer.url};
    const std::string shown = withoutCredentials(url);
    HttpTransport transport{url.authority().to_string(), {peer.caPem, {}, {}, {}}, peer.timeout};
    exchange.method = "POST";
    exchange.pathAndQuery = url.resource().to_string();
    auto answer = transport.send(exchange, {peer.maxBytes, peer.timeout, peer.stop});
    if (!answer) {
        Error error = answer.error();
        error.message = fmt::format("{}: {}", shown, error.message);
        return error;
    }
    if (answer->status < 200 || answer->status > 299) return refusalOf(shown, answer->status, answer->body);
    return std::move(answer->body);
}

}  // namespace

Error refusalOf(const std::string& url, int status, std::string_view body) {
    return makeError(codeOf(status), fmt::format("{}: HTTP {}: {}", url, status, boundedText(body, kMostOfBody)));
}

Result<std::string> postForm(const HttpRequest& request) {
    HttpExchange exchange;
    exchange.body = encodeForm(request.form);
    exchange.contentType = "application/x-www-form-urlencoded";
    exchange.bearerToken = request.bearerToken;
    return post({request.url, request.caPem, request.timeout, request.maxBytes, request.stop}, std::move(exchange));
}

Result<std::string> postBody(const HttpPost& request) {
    HttpExchange exchange;
    exchange.body = request.body;
    exchange.contentType = request.contentType;
    exchange.headers = request.headers;
    return post({request.url, "", request.timeout, request.maxBytes, request.stop}, std::move(exchange));
}

}  // namespace bursar::http
