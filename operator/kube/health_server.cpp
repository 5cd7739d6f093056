#include "operator/kube/health_server.hpp"

#include <fmt/format.h>

#include <utility>

#include "operator/kube/tls.hpp"

#include <cpprest/http_listener.h>

namespace bursar::kube {
namespace {

using web::http::http_request;
using web::http::status_codes;

void reply(const http_request& request, web::http::status_code status, const std::string& body) {
    // A probe that has gone away is nobody's trouble; unobserved, its exception would end the process.
    request.reply(status, body + "\n", "text/plain; charset=utf-8").then([](const pplx::task<void>& sent) {
        try {
            sent.get();
        } catch (const std::exception&) {
        }
    });
}

}  // namespace

class HealthServer::Impl {
  public:
    Impl(const std::string& address, HealthChecks checks)
        : checks_(std::move(checks)), listener_(web::uri{"http://" + address}) {
        listener_.support([this](const http_request& request) { answer(request); });
        listener_.open().get();
    }
    ~Impl() {
        try {
            listener_.close().get();
        } catch (const std::exception&) {
            // It listens no more either way.
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

  private:
    void answer(const http_request& request) const {
        const std::string path = request.relative_uri().path();
        if (path != "/healthz" && path != "/readyz") return reply(request, status_codes::NotFound, "not found");
        if (request.method() != web::http::methods::GET) {
            return reply(request, status_codes::MethodNotAllowed, "only GET");
        }
        const auto checked = path == "/healthz" ? checks_.live() : checks_.ready();
        if (checked) return reply(request, status_codes::OK, "ok");
        reply(request, status_codes::ServiceUnavailable, checked.error().message);
    }

    const HealthChecks checks_;
    web::http::experimental::listener::http_listener listener_;
};

HealthServer::HealthServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HealthServer::~HealthServer() = default;

Result<std::unique_ptr<HealthServer>> HealthServer::start(const std::string& address, HealthChecks checks) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("health address \"{}\": write it as host:port, such as 0.0.0.0:8081", address));
    }
    initializeThreads();
    try {
        return std::unique_ptr<HealthServer>{new HealthServer{std::make_unique<Impl>(address, std::move(checks))}};
    } catch (const std::exception& problem) {
        return makeError(ErrorCode::InvalidArgument, fmt::format("health address \"{}\": {}", address, problem.what()));
    }
}

}  // namespace bursar::kube
