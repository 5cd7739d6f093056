// A small HTTP server for probes and scrapes: GET of a few fixed paths over plain HTTP, with bounds on everything.
//
// Guarantees: at most `maxConnections` at a time; one more replaces the connection that has waited longest without
// sending its request, so that idle connections cannot block others. A request has 8 KiB and `patience` to arrive, and
// the client has `patience` to take the answer; then the connection is closed, as after each answer. Only the method
// and path of a request are used. Threads: one; handlers are called on it and must not block. If a handler throws, its
// connection is closed.
#pragma once

#include <memory>
#include <string>

#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/base/result.hpp"
#include "operator/runtime/telemetry/http_request.hpp"

namespace bursar::telemetry {

struct HttpBounds {
    std::size_t maxConnections = 64;
    Duration patience = std::chrono::seconds{5};
};

class HttpServer {
  public:
    // `address` is host:port (`0.0.0.0:8081`, `[::]:8081`); `what` names the setting in messages. InvalidArgument if it
    // is not an address, or cannot be listened on.
    static Result<std::unique_ptr<HttpServer>> start(const std::string& what, const std::string& address,
                                                     HttpRoutes routes, HttpBounds bounds = {},
                                                     OnException onException = {});
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

  private:
    class Impl;
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace bursar::telemetry
