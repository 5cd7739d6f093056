// Needs real sockets, so it is not among the unit tests.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>

#include "operator/runtime/telemetry/probes.hpp"

using namespace bursar;
using namespace bursar::telemetry;

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

// The whole answer; empty if nothing listens.
std::string ask(int port, const std::string& methodAndPath) {
    const int peer = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(port);
    std::string answer;
    if (connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        const std::string request = methodAndPath + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
        REQUIRE(send(peer, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
        char buffer[4096];
        for (ssize_t n = 0; (n = recv(peer, buffer, sizeof buffer, 0)) > 0;)
            answer.append(buffer, static_cast<std::size_t>(n));
    }
    close(peer);
    return answer;
}

bool answers(const std::string& answer, const std::string& status, const std::string& body) {
    INFO(answer);
    return answer.starts_with("HTTP/1.1 " + status) && answer.ends_with("\r\n\r\n" + body + "\n");
}

// Connections that say nothing, or this much; closed with this.
class Idlers {
  public:
    Idlers(int port, int count, const std::string& said = "") {
        for (int i = 0; i < count; ++i) {
            const int peer = socket(AF_INET, SOCK_STREAM, 0);
            sockaddr_in address = loopback(port);
            REQUIRE(connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
            (void)send(peer, said.data(), said.size(), MSG_NOSIGNAL);
            peers_.push_back(peer);
        }
    }
    ~Idlers() {
        for (const int peer : peers_) close(peer);
    }
    Idlers(const Idlers&) = delete;
    Idlers& operator=(const Idlers&) = delete;

    // How many the server closes within a while.
    int closed() const {
        int count = 0;
        for (const int peer : peers_) {
            pollfd waiting{peer, POLLIN, 0};
            char byte = 0;
            if (poll(&waiting, 1, 5000) == 1 && recv(peer, &byte, 1, 0) <= 0) ++count;
        }
        return count;
    }

  private:
    std::vector<int> peers_;
};

std::size_t openDescriptors() {
    const std::filesystem::directory_iterator begin{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator{}));
}

HealthChecks healthy() {
    return {[]() -> Result<void> { return {}; }, []() -> Result<void> { return {}; }};
}

struct Server {
    explicit Server(HttpRoutes routes, HttpBounds bounds = {}) {
        auto started = HttpServer::start("test address", fmt::format("127.0.0.1:{}", port), std::move(routes), bounds);
        if (!started) FAIL(started.error().message);
        server = std::move(*started);
    }
    const int port = freePort();
    std::unique_ptr<HttpServer> server;
};

}  // namespace

TEST_CASE("probes are answered with what the checks say, and nothing else is served") {
    std::atomic<bool> ready = false;
    HealthChecks checks = healthy();
    checks.ready = [&]() -> Result<void> {
        if (ready) return {};
        return makeError(ErrorCode::Unavailable, "not yet");
    };
    Server served{probeRoutes(checks)};
    const int port = served.port;
    CHECK(answers(ask(port, "GET /healthz"), "200", "ok"));
    CHECK(answers(ask(port, "GET /healthz?verbose"), "200", "ok"));
    CHECK(answers(ask(port, "GET /readyz"), "503", "not yet"));
    ready = true;
    CHECK(answers(ask(port, "GET /readyz"), "200", "ok"));
    CHECK(answers(ask(port, "GET /metrics/../etc"), "404", "not found"));
    CHECK(answers(ask(port, "DELETE /healthz"), "405", "only GET"));
    CHECK(answers(ask(port, "nonsense"), "400", "not an HTTP request"));
    const std::string address = fmt::format("127.0.0.1:{}", port);
    const auto second = HttpServer::start("health address", address, {});  // the port is taken
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::InvalidArgument);
    CHECK(second.error().message == "health address \"" + address + "\": Address already in use");
    served.server.reset();
    CHECK(ask(port, "GET /healthz").empty());
}

TEST_CASE("an address that is none is refused with what to write") {
    for (const char* address : {"8081", ":8081", "127.0.0.1:", "127.0.0.1:many", ""}) {
        const auto server = HttpServer::start("health address", address, probeRoutes(healthy()));
        INFO(address);
        REQUIRE_FALSE(server);
        CHECK(server.error().code == ErrorCode::InvalidArgument);
        CHECK(server.error().message.find("health address") == 0);
    }
}

TEST_CASE("an IPv6 address is listened at") {
    const auto server = HttpServer::start("health address", fmt::format("[::1]:{}", freePort()), {});
    if (!server) FAIL(server.error().message);
}

TEST_CASE("connections that are only held open cannot block others, nor exceed the bound") {
    const Server served{probeRoutes(healthy()), {16, std::chrono::hours{1}}};
    const std::size_t before = openDescriptors();
    const Idlers silent{served.port, 200};
    const Idlers slow{served.port, 200, "GET /healthz HTTP/1.1\r\nX-Slow: "};
    CHECK(answers(ask(served.port, "GET /healthz"), "200", "ok"));
    CHECK(silent.closed() == 200);  // each had to make room
    CHECK(answers(ask(served.port, "GET /readyz"), "200", "ok"));
    // 400 of them are ours, the client's ends.
    CHECK(openDescriptors() <= before + 400 + 16);
}

TEST_CASE("a request that does not arrive in time, or is too long, is given up") {
    const Server served{probeRoutes(healthy()), {16, std::chrono::milliseconds{50}}};
    const Idlers silent{served.port, 3};
    const Idlers slow{served.port, 3, "GET /healthz HTTP/1.1\r\n"};
    CHECK(silent.closed() + slow.closed() == 6);
    const std::string endless = "GET /healthz?" + std::string(20'000, 'x');
    CHECK(ask(served.port, endless).find("HTTP/1.1 431") == 0);
}

TEST_CASE("an answer larger than the socket takes at once arrives whole") {
    const std::string large(20'000'000, 'x');
    const Server served{{{"/metrics", [&]() -> HttpReply { return {200, large}; }}}};
    const std::string answer = ask(served.port, "GET /metrics");
    REQUIRE(answer.size() > large.size());
    CHECK(answer.substr(answer.size() - large.size()) == large);
}
