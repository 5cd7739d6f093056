// GET /healthz and /readyz over plain HTTP, for a Deployment's probes.
//
// An answer is 200 `ok`, or 503 and a sentence that says what is missing; nothing else is served, nothing of a request is
// read but its path. Caveat: the number of connections is not limited, so it is for the node's kubelet, not for everybody.
// Threads: cpprestsdk's shared ones; checks are called on them, from several at a time, and must not block.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "operator/base/result.hpp"

namespace bursar::kube {

struct HealthChecks {
    std::function<Result<void>()> live;   // an error: it must be started again
    std::function<Result<void>()> ready;  // an error: not yet
};

class HealthServer {
  public:
    // `address` is host:port. InvalidArgument where it is none, or nobody can listen there.
    static Result<std::unique_ptr<HealthServer>> start(const std::string& address, HealthChecks checks);
    ~HealthServer();
    HealthServer(const HealthServer&) = delete;
    HealthServer& operator=(const HealthServer&) = delete;

  private:
    class Impl;
    explicit HealthServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace bursar::kube
