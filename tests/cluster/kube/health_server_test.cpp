// Needs real sockets, so it is not among the unit tests.
#include "operator/kube/health_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::kube;

namespace {

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int freePort() {
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    REQUIRE(bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    close(probe);
    return ntohs(address.sin_port);
}

// The whole answer; empty where nobody listens.
std::string ask(int port, const std::string& methodAndPath) {
    const int peer = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(port);
    std::string answer;
    if (connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        const std::string request = methodAndPath + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
        REQUIRE(send(peer, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
        char buffer[4096];
        for (ssize_t n = 0; (n = recv(peer, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, static_cast<std::size_t>(n));
    }
    close(peer);
    return answer;
}

bool answers(const std::string& answer, const std::string& status, const std::string& body) {
    INFO(answer);
    return answer.starts_with("HTTP/1.1 " + status) && answer.ends_with("\r\n\r\n" + body + "\n");
}

}  // namespace

TEST_CASE("probes are answered with what the checks say, and nothing else is served") {
    std::atomic<bool> ready = false;
    const int port = freePort();
    const std::string address = fmt::format("127.0.0.1:{}", port);
    const auto start = [&] {
        return HealthServer::start(address, {[]() -> Result<void> { return {}; },
                                             [&]() -> Result<void> {
                                                 if (ready) return {};
                                                 return makeError(ErrorCode::Unavailable, "not yet");
                                             }});
    };
    auto server = start();
    if (!server) FAIL(server.error().message);
    CHECK(answers(ask(port, "GET /healthz"), "200", "ok"));
    CHECK(answers(ask(port, "GET /readyz"), "503", "not yet"));
    ready = true;
    CHECK(answers(ask(port, "GET /readyz"), "200", "ok"));
    CHECK(answers(ask(port, "GET /metrics/../etc"), "404", "not found"));
    CHECK(answers(ask(port, "DELETE /healthz"), "405", "only GET"));
    const auto second = start();  // the port is taken
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::InvalidArgument);
    CHECK(second.error().message.find(address) != std::string::npos);
    server->reset();
    CHECK(ask(port, "GET /healthz").empty());
}

TEST_CASE("a health address that is none is refused with what to write") {
    for (const char* address : {"8081", ":8081", "127.0.0.1:", "127.0.0.1:many", ""}) {
        const auto server = HealthServer::start(address, {[]() -> Result<void> { return {}; }, []() -> Result<void> { return {}; }});
        INFO(address);
        REQUIRE_FALSE(server);
        CHECK(server.error().code == ErrorCode::InvalidArgument);
        CHECK(server.error().message.find("health address") == 0);
    }
}
