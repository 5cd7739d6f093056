#include "operator/runtime/http/http_transport.hpp"

#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <optional>

#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/base/utf8.hpp"
#include "operator/runtime/http/tls.hpp"

#include <cpprest/streams.h>
#include <pplx/threadpool.h>
#include <boost/asio/steady_timer.hpp>

namespace bursar::http {
namespace {

using web::http::http_request;
using web::http::http_response;
namespace client = web::http::client;

constexpr std::size_t kMaxErrorBody = 1U << 20U;
constexpr std::size_t kMostSaid = 1000;  // bytes of an exception's words, which may repeat what the server sent

struct AnswerTooLarge : std::runtime_error {
    using std::runtime_error::runtime_error;
};

Error fromException(const std::exception& problem, const pplx::cancellation_token& cancellation, HandshakeLog& log) {
    if (cancellation.is_canceled()) return makeError(ErrorCode::Cancelled, "cancelled");
    const auto* http = dynamic_cast<const web::http::http_exception*>(&problem);
    if (http != nullptr && http->error_code() == std::errc::timed_out) {
        return makeError(ErrorCode::Timeout, "no answer in time");
    }
    const std::string text = boundedText(problem.what(), kMostSaid);
    if (dynamic_cast<const AnswerTooLarge*>(&problem) != nullptr) return makeError(ErrorCode::Internal, text);
    if (text.find("SSL handshake") != std::string::npos) {  // cpprestsdk's only sign of it
        const std::string why = log.take();
        Error error = makeError(ErrorCode::Unavailable,
                                fmt::format("TLS handshake failed: {}", why.empty() ? "the server broke it off" : why));
        error.handshakeFailed = true;
        return error;
    }
    return makeError(ErrorCode::Unavailable, text);
}

// Cancels an exchange that takes too long. The timer runs on cpprestsdk's threads and needs none of its own.
class Deadline {
  public:
    Deadline(std::chrono::milliseconds after, const pplx::cancellation_token_source& source)
        : timer_(crossplat::threadpool::shared_instance().service(), after) {
        timer_.async_wait([source, passed = passed_](const boost::system::error_code& cancelled) {
            if (cancelled) return;
            *passed = true;
            source.cancel();
        });
    }

    [[nodiscard]] bool hasPassed() const { return *passed_; }

  private:
    const std::shared_ptr<std::atomic<bool>> passed_ = std::make_shared<std::atomic<bool>>(false);
    boost::asio::steady_timer timer_;  // its destructor cancels the wait
};

http_request makeRequest(const HttpExchange& exchange) {
    http_request request{exchange.method};
    request.set_request_uri(web::uri{exchange.pathAndQuery});
    request.headers().add("Accept", exchange.accept);
    request.headers().add("User-Agent", "bursar");
    if (!exchange.bearerToken.empty()) request.headers().add("Authorization", "Bearer " + exchange.bearerToken);
    for (const auto& [name, value] : exchange.headers) request.headers().add(name, value);
    if (!exchange.contentType.empty()) request.set_body(exchange.body, exchange.contentType);
    return request;
}

// Empty if the header is missing.
std::string headerOf(const http_response& response, const char* name) {
    const auto found = response.headers().find(name);
    return found == response.headers().end() ? std::string{} : found->second;
}

int retryAfterOf(const http_response& response) {
    int seconds = 0;
    const std::string text = headerOf(response, "Retry-After");
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return std::clamp(seconds, 0, 3600);
}

// Hands bytes from cpprestsdk's threads to the thread that watches. The task of a write completes when its bytes were
// taken; until then cpprestsdk reads no more from the socket.
class ByteChannel {
  public:
    pplx::task<std::size_t> put(const std::uint8_t* bytes, std::size_t count) {
        const MutexLock lock{mutex_};
        pplx::task_completion_event<std::size_t> taken;
        if (closed_) {
            taken.set(0);
        } else {
            chunks_.push_back({std::string(reinterpret_cast<const char*>(bytes), count), taken});
            ready_.notify_all();
        }
        return pplx::create_task(taken);
    }

    // The next chunk. Empty once the channel is closed, or finished with all chunks taken.
    std::optional<std::string> take() {
        MutexLock lock{mutex_};
        ready_.wait(lock, [this]() REQUIRES(mutex_) { return !chunks_.empty() || finished_ || closed_; });
        if (closed_ || chunks_.empty()) return std::nullopt;
        Chunk chunk = std::move(chunks_.front());
        chunks_.pop_front();
        lock.unlock();
        chunk.taken.set(chunk.bytes.size());
        return std::move(chunk.bytes);
    }

    void finish() {
        const MutexLock lock{mutex_};
        finished_ = true;
        ready_.notify_all();
    }

    // The reader has gone: releases the writers.
    void close() {
        const MutexLock lock{mutex_};
        closed_ = true;
        for (Chunk& chunk : chunks_) chunk.taken.set(0);
        chunks_.clear();
        ready_.notify_all();
    }

  private:
    struct Chunk {
        std::string bytes;
        pplx::task_completion_event<std::size_t> taken;
    };
    Mutex mutex_;
    std::condition_variable_any ready_;
    std::deque<Chunk> chunks_ GUARDED_BY(mutex_);
    bool finished_ GUARDED_BY(mutex_) = false;
    bool closed_ GUARDED_BY(mutex_) = false;
};

using Buffer = concurrency::streams::details::streambuf_state_manager<std::uint8_t>;

// A stream buffer that can only be written to.
class WriteOnlyBuffer : public Buffer {
  public:
    WriteOnlyBuffer() : Buffer(std::ios_base::out) {}

    bool can_seek() const override { return false; }
    bool has_size() const override { return false; }
    utility::size64_t size() const override { return 0; }
    std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
    void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
    std::size_t in_avail() const override { return 0; }
    pos_type getpos(std::ios_base::openmode) const override { return static_cast<pos_type>(traits::eof()); }
    pos_type seekpos(pos_type, std::ios_base::openmode) override { return static_cast<pos_type>(traits::eof()); }
    pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
        return static_cast<pos_type>(traits::eof());
    }
    bool acquire(std::uint8_t*&, std::size_t&) override { return false; }
    void release(std::uint8_t*, std::size_t) override {}

  protected:
    virtual pplx::task<std::size_t> write(const std::uint8_t* bytes, std::size_t count) = 0;

    pplx::task<int_type> _putc(std::uint8_t byte) override {
        return write(&byte, 1).then([byte](std::size_t) { return static_cast<int_type>(byte); });
    }
    pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override { return write(bytes, count); }
    std::uint8_t* _alloc(std::size_t) override { return nullptr; }
    void _commit(std::size_t) override {}
    pplx::task<int_type> _bumpc() override { return unreadable(); }
    int_type _sbumpc() override { return traits::eof(); }
    pplx::task<int_type> _getc() override { return unreadable(); }
    int_type _sgetc() override { return traits::eof(); }
    pplx::task<int_type> _nextc() override { return unreadable(); }
    pplx::task<int_type> _ungetc() override { return unreadable(); }
    pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override {
        return pplx::task_from_result<std::size_t>(0);
    }
    std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }
    pplx::task<bool> _sync() override { return pplx::task_from_result(true); }

  private:
    static pplx::task<int_type> unreadable() { return pplx::task_from_result<int_type>(traits::eof()); }
};

class ChannelBuffer final : public WriteOnlyBuffer {
  public:
    explicit ChannelBuffer(std::shared_ptr<ByteChannel> channel) : channel_(std::move(channel)) {}

  protected:
    pplx::task<std::size_t> write(const std::uint8_t* bytes, std::size_t count) override {
        return channel_->put(bytes, count);
    }

  private:
    const std::shared_ptr<ByteChannel> channel_;
};

// Collects an answer's body and refuses one above the bound, even if the server did not announce its length.
class BodyBuffer final : public WriteOnlyBuffer {
  public:
    explicit BodyBuffer(std::size_t most) : most_(most) {}

    // To be called once the body is complete.
    std::string take() { return std::move(body_); }

  protected:
    pplx::task<std::size_t> write(const std::uint8_t* bytes, std::size_t count) override {
        if (count > most_ - body_.size()) {
            return pplx::task_from_exception<std::size_t>(
                AnswerTooLarge{fmt::format("the answer is larger than {} bytes", most_)});
        }
        body_.append(reinterpret_cast<const char*>(bytes), count);
        return pplx::task_from_result(count);
    }

  private:
    const std::size_t most_;
    std::string body_;  // cpprestsdk writes one piece after the other
};

}  // namespace

class HttpTransport::Impl {
  public:
    Impl(const std::string& url, const TlsMaterial& tls, std::chrono::seconds idleTimeout)
        : client_(web::uri{url}, configFor(url, tls, idleTimeout, log_)) {}

    Result<HttpAnswer> send(const HttpExchange& exchange, const AnswerLimits& limits) {
        pplx::cancellation_token_source source;
        const Deadline deadline{limits.deadline, source};
        const std::stop_callback onStop{limits.stop, [&source] { source.cancel(); }};
        try {
            const auto body = std::make_shared<BodyBuffer>(limits.maxBytes);
            http_request request = makeRequest(exchange);
            request.set_response_stream(
                concurrency::streams::ostream{concurrency::streams::streambuf<std::uint8_t>{body}});
            const http_response response = client_.request(request, source.get_token()).get();
            response.content_ready().get();
            return HttpAnswer{response.status_code(), body->take(), retryAfterOf(response), headerOf(response, "Date")};
        } catch (const std::exception& problem) {
            if (deadline.hasPassed() && !limits.stop.stop_requested()) {
                return makeError(ErrorCode::Timeout,
                                 fmt::format("the answer was not complete within {} s",
                                             std::chrono::ceil<std::chrono::seconds>(limits.deadline).count()));
            }
            return fromException(problem, source.get_token(), *log_);
        }
    }

    Result<HttpAnswer> stream(const HttpExchange& exchange, const std::stop_token& stop,
                              const std::function<bool(std::string_view)>& onBytes) {
        pplx::cancellation_token_source source;
        const auto channel = std::make_shared<ByteChannel>();
        const std::stop_callback onStop{stop, [&] {
                                            source.cancel();
                                            channel->close();
                                        }};
        http_response response;
        try {
            http_request request = makeRequest(exchange);
            const concurrency::streams::streambuf<std::uint8_t> buffer{std::make_shared<ChannelBuffer>(channel)};
            request.set_response_stream(concurrency::streams::ostream{buffer});
            response = client_.request(request, source.get_token()).get();
        } catch (const std::exception& problem) {
            return fromException(problem, source.get_token(), *log_);
        }
        return pump(response, *channel, source, stop, onBytes);
    }

  private:
    static client::http_client_config configFor(const std::string& url, const TlsMaterial& tls,
                                                std::chrono::seconds idleTimeout,
                                                const std::shared_ptr<HandshakeLog>& log) {
        initializeThreads();
        client::http_client_config config;
        config.set_timeout(idleTimeout);
        secure(config, url, tls, log);
        return config;
    }

    // Hands on the body while cpprestsdk writes it into the channel. The headers have come already.
    Result<HttpAnswer> pump(const http_response& response, ByteChannel& channel,
                            pplx::cancellation_token_source& source, const std::stop_token& stop,
                            const std::function<bool(std::string_view)>& onBytes) {
        HttpAnswer answer{response.status_code(), {}, retryAfterOf(response)};
        const bool good = answer.status >= 200 && answer.status <= 299;
        std::optional<Error> failure;
        const auto reading = response.content_ready().then([&](const pplx::task<http_response>& task) {
            try {
                task.get();
            } catch (const std::exception& problem) {
                failure = fromException(problem, source.get_token(), *log_);
            }
            channel.finish();
        });
        const auto giveUp = [&] {
            source.cancel();
            channel.close();
        };
        bool wanted = true;
        try {
            wanted = !good || onBytes({});
            while (wanted) {
                const auto chunk = channel.take();
                if (!chunk) break;
                if (good) {
                    wanted = onBytes(*chunk);
                } else {
                    answer.body += *chunk;
                    wanted = answer.body.size() <= kMaxErrorBody;
                }
            }
        } catch (...) {
            giveUp();
            reading.wait();  // it refers to what is on this stack
            throw;
        }
        if (!wanted) giveUp();
        reading.wait();
        if (stop.stop_requested()) return makeError(ErrorCode::Cancelled, "cancelled");
        if (failure && wanted) return *failure;
        return answer;
    }

    const std::shared_ptr<HandshakeLog> log_ = std::make_shared<HandshakeLog>();
    client::http_client client_;  // after log_, which its connections write to
};

HttpTransport::HttpTransport(const std::string& url, const TlsMaterial& tls, std::chrono::seconds idleTimeout)
    : impl_(std::make_unique<Impl>(url, tls, idleTimeout)) {}

HttpTransport::~HttpTransport() = default;

Result<HttpAnswer> HttpTransport::send(const HttpExchange& exchange, const AnswerLimits& limits) {
    return impl_->send(exchange, limits);
}

Result<HttpAnswer> HttpTransport::stream(const HttpExchange& exchange, const std::stop_token& stop,
                                         const std::function<bool(std::string_view)>& onBytes) {
    return impl_->stream(exchange, stop, onBytes);
}

}  // namespace bursar::http
