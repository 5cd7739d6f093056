// A small HTTP server for probes and scrapes: GET of a few fixed paths over plain HTTP, and bounded in everything.
//
// Guarantees: at most `maxConnections` at a time; where one more comes, the one that has been silent with its request
// for the longest makes room, so that whoever only holds connections open keeps nobody out. A request has 8 KiB and
// `patience` to arrive, an answer `patience` to be taken; then the connection is closed, as it is after each answer.
// Nothing of a request is read but its method and path. Threads: one; handlers are called on it and must not block;
// where one throws its connection is closed.
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
    // `address` is host:port (`0.0.0.0:8081`, `[::]:8081`); `what` names the setting in messages. InvalidArgument where
    // it is no address, or nobody can listen there.
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
