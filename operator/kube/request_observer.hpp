// Who counts requests to the API server.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "operator/kube/client.hpp"

namespace bursar::kube {

// One exchange with the API server; a request that is sent again is two.
struct RequestOutcome {
    std::string method;  // `GET`
    std::string host;    // of the API server, with its port where the URL has one; never a path
    int status = 0;      // HTTP's; 0: no answer came
    bool isWatch = false;
    std::chrono::nanoseconds took{0};  // until the answer was read; of a watch until it ended
};

// Called on the thread that made the request, from several at a time; must not block.
using RequestObserver = std::function<void(const RequestOutcome&)>;

// Client::create, with an observer of every exchange.
Result<std::shared_ptr<Client>> createObservedClient(Config config, ClientOptions options, RequestObserver observer);

}  // namespace bursar::kube
