#include "operator/runtime/telemetry/http_server.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace bursar::telemetry {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::size_t kMaxRequest = 8192;
constexpr int kBacklog = 64;
// The pause before accepting again if the process has no descriptor left and no connection to close.
constexpr std::chrono::milliseconds kNoDescriptor{50};

class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int number) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~FileDescriptor() {
        if (number_ >= 0) close(number_);
    }
    [[nodiscard]] int get() const { return number_; }

  private:
    int number_ = -1;
};

Error cannotListen(const std::string& what, const std::string& address, const std::string& why) {
    return makeError(ErrorCode::InvalidArgument, fmt::format("{} \"{}\": {}", what, address, why));
}

Result<FileDescriptor> listenAt(const std::string& what, const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) {
        return cannotListen(what, address, "write it as host:port, such as 0.0.0.0:8081");
    }
    std::string host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int failed = getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found); failed != 0) {
        return cannotListen(what, address, gai_strerror(failed));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses{found, freeaddrinfo};
    FileDescriptor listener{socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const int on = 1;
    setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener.get(), found->ai_addr, found->ai_addrlen) != 0 || listen(listener.get(), kBacklog) != 0) {
        return cannotListen(what, address, std::strerror(errno));
    }
    return listener;
}

struct Connection {
    FileDescriptor socket;
    TimePoint deadline;
    std::string request;
    std::string answer;  // empty until the request is complete
    std::size_t sent = 0;
    bool over = false;
};

}  // namespace

class HttpServer::Impl {
  public:
    Impl(FileDescriptor listener, FileDescriptor wake, HttpRoutes routes, HttpBounds bounds, OnException onException)
        : routes_(std::move(routes)),
          bounds_(bounds),
          onException_(std::move(onException)),
          listener_(std::move(listener)),
          wake_(std::move(wake)),
          thread_([this](const std::stop_token& stop) { keepRunning(stop, onException_, [&] { run(stop); }); }) {}

    ~Impl() {
        thread_.request_stop();
        const std::uint64_t one = 1;
        while (write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

  private:
    void run(const std::stop_token& stop) {
        std::vector<pollfd> watched;
        while (true) {
            watched = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
            for (const Connection& connection : connections_) {
                const bool reads = connection.answer.empty();
                watched.push_back({connection.socket.get(), static_cast<short>(reads ? POLLIN : POLLOUT), 0});
            }
            poll(watched.data(), watched.size(), untilNextDeadline());
            if (stop.stop_requested()) return;
            auto ready = watched.begin() + 2;
            for (Connection& connection : connections_) {
                if ((ready++)->revents == 0) continue;
                const auto advanced = guarded(onException_, [&]() -> Result<void> {
                    advance(connection);
                    return {};
                });
                if (!advanced) connection.over = true;
            }
            const TimePoint now = std::chrono::steady_clock::now();
            connections_.remove_if([&](const Connection& each) { return each.over || each.deadline <= now; });
            if (watched[1].revents != 0) acceptOne();
        }
    }

    int untilNextDeadline() const {
        if (connections_.empty()) return -1;
        TimePoint next = connections_.front().deadline;
        for (const Connection& connection : connections_) next = std::min(next, connection.deadline);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
        return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }

    void acceptOne() {
        FileDescriptor socket{accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (socket.get() < 0) {
            // The process has no descriptor left: closes a connection for the next one, or waits.
            if (errno == EMFILE || errno == ENFILE) makeRoom();
            return;
        }
        if (connections_.size() >= bounds_.maxConnections) makeRoom();
        connections_.push_back(
            {std::move(socket), std::chrono::steady_clock::now() + bounds_.patience, {}, {}, 0, false});
    }

    // Closes the oldest connection without a complete request, or else the oldest.
    void makeRoom() {
        if (connections_.empty()) {
            std::this_thread::sleep_for(kNoDescriptor);
            return;
        }
        const auto silent = std::find_if(connections_.begin(), connections_.end(),
                                         [](const Connection& each) { return each.answer.empty(); });
        connections_.erase(silent == connections_.end() ? connections_.begin() : silent);
    }

    void advance(Connection& connection) {
        if (connection.answer.empty()) receive(connection);
        if (!connection.answer.empty()) send(connection);
    }

    void receive(Connection& connection) {
        char buffer[2048];
        const ssize_t read = recv(connection.socket.get(), buffer, sizeof buffer, 0);
        if (read < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (read <= 0) {
            connection.over = true;
            return;
        }
        connection.request.append(buffer, static_cast<std::size_t>(read));
        const bool whole = connection.request.find("\r\n\r\n") != std::string::npos;
        if (!whole && connection.request.size() <= kMaxRequest) return;
        connection.answer =
            render(whole ? answerTo(connection.request, routes_) : HttpReply{431, "the request is too long\n"});
        connection.deadline = std::chrono::steady_clock::now() + bounds_.patience;
    }

    static void send(Connection& connection) {
        const std::string_view rest = std::string_view{connection.answer}.substr(connection.sent);
        const ssize_t sent = ::send(connection.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (sent > 0) connection.sent += static_cast<std::size_t>(sent);
        connection.over = sent < 0 || connection.sent == connection.answer.size();
        if (connection.over) finish(connection);
    }

    // Reads what is left: unread data would make the kernel reset the connection, and the answer would be lost.
    static void finish(const Connection& connection) {
        shutdown(connection.socket.get(), SHUT_WR);
        char unread[2 * kMaxRequest];
        (void)recv(connection.socket.get(), unread, sizeof unread, 0);
    }

    // Constant after construction.
    const HttpRoutes routes_;
    const HttpBounds bounds_;
    const OnException onException_;
    const FileDescriptor listener_;
    const FileDescriptor wake_;

    // Used by the thread only.
    std::list<Connection> connections_;  // oldest first

    std::jthread thread_;  // last: it uses everything above
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& what, const std::string& address,
                                                      HttpRoutes routes, HttpBounds bounds, OnException onException) {
    auto listener = listenAt(what, address);
    if (!listener) return listener.error();
    FileDescriptor wake{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (wake.get() < 0) return cannotListen(what, address, std::strerror(errno));
    return std::unique_ptr<HttpServer>{new HttpServer{std::make_unique<Impl>(
        std::move(*listener), std::move(wake), std::move(routes), bounds, std::move(onException))}};
}

}  // namespace bursar::telemetry
