// A client whose requests are observed, and whose credentials are read again while it runs.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/clock_skew.hpp"
#include "operator/runtime/kube/config_source.hpp"

namespace bursar::kube {

// One exchange with the API server; a request that is sent twice counts twice.
struct RequestOutcome {
    std::string method;  // `GET`
    std::string host;    // of the API server, with its port where the URL has one; never a path
    int status = 0;      // HTTP status; 0: no answer
    bool isWatch = false;
    std::chrono::nanoseconds took{0};                // until the answer was read; for a watch, until it ended
    std::optional<DatedAnswer> dated = {};           // empty for a watch and for an answer without a Date
    std::optional<Instant> certificateExpires = {};  // of the client's certificate
};

// Called on the thread that made the request, from several at a time; must not block.
using RequestObserver = std::function<void(const RequestOutcome&)>;

// Client::create, with an observer of every exchange. `source` is read again at least every minute, and at once when
// the server refuses the client's credentials or cannot be trusted. A source that names another server is refused: a
// client stays with its cluster. Without a source, only the token file is read again.
Result<std::shared_ptr<Client>> createObservedClient(Config config, ClientOptions options, RequestObserver observer,
                                                     ConfigSource source = {});

}  // namespace bursar::kube
