// Private to operator/runtime/http and operator/runtime/kube: one HTTP exchange on cpprestsdk. Every task is observed
// and every exception becomes an Error.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "operator/runtime/base/result.hpp"

namespace bursar::http {

struct TlsMaterial;

struct HttpExchange {
    std::string method = "GET";
    std::string pathAndQuery;  // already escaped
    std::string body;
    std::string contentType;
    std::string accept = "application/json";
    std::string bearerToken;
    std::map<std::string, std::string> headers;  // in addition
};

struct HttpAnswer {
    int status = 0;
    std::string body;
    int retryAfterSeconds = 0;
    std::string date = {};  // the Date header; may be empty
};

struct AnswerLimits {
    std::size_t maxBytes;                // of the body
    std::chrono::milliseconds deadline;  // for the last byte; then Timeout
    std::stop_token stop = {};           // ends the wait; then Cancelled
};

// Requests to one server over kept-alive connections. Thread-safe.
class HttpTransport {
  public:
    HttpTransport(const std::string& url, const TlsMaterial& tls, std::chrono::seconds idleTimeout);
    ~HttpTransport();

    // Any HTTP status is an answer; an Error means that none came. `limits` hold even if the server never stops
    // sending.
    Result<HttpAnswer> send(const HttpExchange& exchange, const AnswerLimits& limits);

    // Passes a 2xx body to `onBytes` on the calling thread, piece by piece; the first piece is empty and says that the
    // answer began. Ends when the server ends it, `stop` is requested, or onBytes returns false. The socket is read no
    // faster than onBytes returns. Any other status is an answer with its body, and onBytes is not called. An exception
    // of onBytes ends the stream and is thrown on.
    Result<HttpAnswer> stream(const HttpExchange& exchange, const std::stop_token& stop,
                              const std::function<bool(std::string_view)>& onBytes);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bursar::http
