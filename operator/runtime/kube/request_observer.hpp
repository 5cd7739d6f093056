// Who counts requests to the API server, and where a client has what it shows that server from.
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

// One exchange with the API server; a request that is sent again is two.
struct RequestOutcome {
    std::string method;  // `GET`
    std::string host;    // of the API server, with its port where the URL has one; never a path
    int status = 0;      // HTTP's; 0: no answer came
    bool isWatch = false;
    std::chrono::nanoseconds took{0};                // until the answer was read; of a watch until it ended
    std::optional<DatedAnswer> dated = {};           // not of a watch, nor where the server says no date
    std::optional<Instant> certificateExpires = {};  // of the client's certificate that was shown
};

// Called on the thread that made the request, from several at a time; must not block.
using RequestObserver = std::function<void(const RequestOutcome&)>;

// Client::create, with an observer of every exchange. `source` is read again at least each minute, and at once when the
// server refuses what it is shown, or cannot be trusted; another server in it is refused: a client stays with its
// cluster. Without a source only the token's file is read again.
Result<std::shared_ptr<Client>> createObservedClient(Config config, ClientOptions options, RequestObserver observer,
                                                     ConfigSource source = {});

}  // namespace bursar::kube
