#include "operator/runtime/kube/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <thread>

#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/json_text.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/http/http_date.hpp"
#include "operator/runtime/http/tls.hpp"
#include "operator/runtime/kube/api_answer.hpp"
#include "operator/runtime/kube/line_cutter.hpp"
#include "operator/runtime/kube/request_observer.hpp"
#include "operator/runtime/kube/rotating_connection.hpp"

namespace bursar::kube {
namespace {

constexpr std::size_t kMaxAnswer = 512U << 20U;
constexpr std::size_t kMaxWatchLine = 16U << 20U;  // etcd holds 1.5 MiB an object; managed fields and JSON add to it

std::string escape(const std::string& segment) { return web::uri::encode_data_string(segment); }

std::string pathOf(const Resource& resource, const std::string& ns, const std::string& name,
                   const std::string& subresource) {
    std::string path =
        resource.group.empty() ? "/api/" + resource.version : "/apis/" + resource.group + "/" + resource.version;
    if (resource.namespaced && !ns.empty()) path += "/namespaces/" + escape(ns);
    path += "/" + resource.plural;
    if (!name.empty()) path += "/" + escape(name);
    if (!subresource.empty()) path += "/" + subresource;
    return path;
}

using Query = std::vector<std::pair<std::string, std::string>>;

std::string withQuery(std::string path, const Query& query) {
    char separator = '?';
    for (const auto& [name, value] : query) {
        if (value.empty()) continue;
        path += separator + name + "=" + escape(value);
        separator = '&';
    }
    return path;
}

// Allows `rate` requests a second on average, and as many in a burst; take() blocks until its turn.
class TokenBucket {
  public:
    explicit TokenBucket(double rate) : rate_(rate), tokens_(rate) {}

    void take() {
        std::chrono::duration<double> wait{0};
        {
            const MutexLock lock{mutex_};
            const auto now = std::chrono::steady_clock::now();
            tokens_ = std::min(rate_, tokens_ + rate_ * std::chrono::duration<double>(now - last_).count());
            last_ = now;
            tokens_ -= 1;
            if (tokens_ < 0) wait = std::chrono::duration<double>{-tokens_ / rate_};
        }
        if (wait.count() > 0) std::this_thread::sleep_for(wait);
    }

  private:
    const double rate_;
    Mutex mutex_;
    double tokens_ GUARDED_BY(mutex_);
    std::chrono::steady_clock::time_point last_ GUARDED_BY(mutex_) = std::chrono::steady_clock::now();
};

std::string hostOf(const std::string& server) {
    const web::uri url{server};
    return url.port() > 0 ? fmt::format("{}:{}", url.host(), url.port()) : url.host();
}

void fillType(Json& object, const Resource& resource) {
    object["apiVersion"] = resource.apiVersion();
    object["kind"] = resource.kind;
}

// The start of a watch counts as a bookmark: everything before its resourceVersion is known.
WatchEvent begunAt(const std::string& resourceVersion) {
    return {WatchEvent::Type::Bookmark, {{"metadata", {{"resourceVersion", resourceVersion}}}}};
}

class RestClient final : public Client {
  public:
    RestClient(const Config& config, ClientOptions options, RequestObserver observer, ConfigSource source)
        : fence_(std::move(options.fence)),
          observer_(std::move(observer)),
          host_(hostOf(config.server)),
          timeout_(options.requestTimeout),
          stop_(std::move(options.stop)),
          limiter_(config.queriesPerSecond),
          connection_(config, std::move(source), options.requestTimeout) {}

    Result<Json> get(const Resource& resource, const Key& key) override {
        return object("GET", pathOf(resource, key.ns, key.name, ""), "", "");
    }

    Result<ObjectList> list(const Resource& resource, const ListOptions& options) override {
        auto first = listOnce(resource, options);
        if (first || !first.error().isGone()) return first;
        return listOnce(resource, options);  // the continue token expired between two pages: starts over, once
    }

    Result<Json> create(const Resource& resource, const Json& body) override {
        return object("POST", withQuery(pathOf(resource, keyOf(body).ns, "", ""), {{"fieldManager", "bursar"}}),
                      jsonText(body), "application/json");
    }

    Result<Json> mergePatch(const Resource& resource, const Key& key, const Json& patch,
                            const std::string& subresource) override {
        return object("PATCH", withQuery(pathOf(resource, key.ns, key.name, subresource), {{"fieldManager", "bursar"}}),
                      jsonText(patch), "application/merge-patch+json");
    }

    Result<Json> apply(const Resource& resource, const Json& body, const ApplyOptions& options) override {
        const Key key = keyOf(body);
        return object("PATCH",
                      withQuery(pathOf(resource, key.ns, key.name, options.subresource),
                                {{"fieldManager", options.fieldManager}, {"force", options.force ? "true" : ""}}),
                      jsonText(body), "application/apply-patch+yaml");
    }

    Result<Json> replace(const Resource& resource, const Json& body, const std::string& subresource) override {
        const Key key = keyOf(body);
        return object("PUT", withQuery(pathOf(resource, key.ns, key.name, subresource), {{"fieldManager", "bursar"}}),
                      jsonText(body), "application/json");
    }

    Result<void> remove(const Resource& resource, const Key& key, const std::string& uid,
                        const std::string& resourceVersion) override {
        Json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
        if (!uid.empty()) body["preconditions"]["uid"] = uid;
        if (!resourceVersion.empty()) body["preconditions"]["resourceVersion"] = resourceVersion;
        auto removed = object("DELETE", pathOf(resource, key.ns, key.name, ""), jsonText(body), "application/json");
        if (!removed) return removed.error();
        return {};
    }

    Result<void> watch(const Resource& resource, const WatchOptions& options, std::stop_token stop,
                       const std::function<void(WatchEvent)>& onEvent) override {
        http::HttpExchange exchange;
        exchange.pathAndQuery = withQuery(pathOf(resource, options.ns, "", ""),
                                          {{"watch", "true"},
                                           {"allowWatchBookmarks", "true"},
                                           {"resourceVersion", options.resourceVersion},
                                           {"timeoutSeconds", std::to_string(options.timeout.count())},
                                           {"labelSelector", options.labelSelector},
                                           {"fieldSelector", options.fieldSelector}});
        const auto current = connection_.current();
        exchange.bearerToken = current.token;
        LineCutter cutter{kMaxWatchLine};
        std::optional<Error> failure;
        const auto begun = std::chrono::steady_clock::now();
        auto ended = current.watches->stream(exchange, stop, [&](std::string_view bytes) {
            if (bytes.empty()) onEvent(begunAt(options.resourceVersion));
            std::vector<std::string> lines;
            if (!cutter.feed(bytes, lines)) {
                failure = makeError(ErrorCode::Internal, "a watch event is larger than 16 MiB");
            }
            for (const std::string& line : lines) {
                if (failure) break;
                auto event = watchEventOf(line);
                if (event) {
                    onEvent(std::move(*event));
                } else {
                    failure = event.error();
                }
            }
            return !failure;
        });
        if (observer_) observer_({"GET", host_, statusOf(ended), true, std::chrono::steady_clock::now() - begun});
        if (failure) return *failure;
        if (isRefused(ended)) connection_.hasChanged(current);  // so that the next watch uses what was rotated
        if (!ended) return advised(ended.error(), current);
        if (ended->status < 200 || ended->status > 299) {
            return advised(errorOfAnswer(ended->status, ended->body, ended->retryAfterSeconds), current);
        }
        return {};
    }

  private:
    static int statusOf(const Result<http::HttpAnswer>& answer) { return answer ? answer->status : 0; }

    // A 401, or no answer: an outdated authority makes every connection fail.
    static bool isRefused(const Result<http::HttpAnswer>& answer) {
        return answer ? answer->status == 401 : answer.error().code == ErrorCode::Unavailable;
    }

    [[nodiscard]] Error advised(Error error, const RotatingConnection::Current& used) const {
        if (error.code == ErrorCode::Unauthorized || error.handshakeFailed) {
            error.message += connection_.advice(used, SystemClock{}.now());
        }
        return error;
    }

    Result<ObjectList> listOnce(const Resource& resource, const ListOptions& options) {
        ObjectList all;
        std::string next;
        do {
            auto answer =
                object("GET",
                       withQuery(pathOf(resource, options.ns, "", ""), {{"limit", std::to_string(options.pageSize)},
                                                                        {"continue", next},
                                                                        {"labelSelector", options.labelSelector},
                                                                        {"fieldSelector", options.fieldSelector}}),
                       "", "");
            if (!answer) return answer.error();
            auto page = pageOf(std::move(*answer));
            if (!page) return page.error();
            next = page->next;
            all.resourceVersion = page->resourceVersion;
            for (Json& item : page->items) {
                fillType(item, resource);
                all.items.push_back(std::move(item));
            }
        } while (!next.empty());
        return all;
    }

    // One request that answers with an object. It is sent a second time if the server had closed the connection, or if
    // the token or certificate was rotated. All our writes carry a resourceVersion or a uid or are applies, so
    // repeating one does no harm.
    Result<Json> object(const std::string& method, const std::string& path, const std::string& body,
                        const std::string& contentType) {
        auto used = connection_.current();
        auto answer = exchangeOnce(used, method, path, body, contentType);
        if (isRefused(answer)) {
            const bool hasChanged = connection_.hasChanged(used);
            if (hasChanged) used = connection_.current();
            if (hasChanged || !answer) answer = exchangeOnce(used, method, path, body, contentType);
        }
        if (!answer) {
            Error error = advised(answer.error(), used);
            error.message = fmt::format("{} {}: {}", method, path, error.message);
            return error;
        }
        if (answer->status < 200 || answer->status > 299) {
            return advised(errorOfAnswer(answer->status, answer->body, answer->retryAfterSeconds), used);
        }
        auto result = objectOf(answer->body);
        if (!result)
            return makeError(result.error().code, fmt::format("{} {}: {}", method, path, result.error().message));
        return result;
    }

    Result<http::HttpAnswer> exchangeOnce(const RotatingConnection::Current& current, const std::string& method,
                                          const std::string& path, const std::string& body,
                                          const std::string& contentType) {
        limiter_.take();
        Fence::Permit permit;
        if (fence_ && method != "GET") {
            // Entered after the limiter's wait, so that no write is held back while it has a permit.
            auto entered = fence_->enter();
            if (!entered) return entered.error();
            permit = std::move(*entered);
        }
        const auto begun = std::chrono::steady_clock::now();
        const Instant sentAt = SystemClock{}.now();
        auto answer = current.requests->send({method, path, body, contentType, "application/json", current.token, {}},
                                             {kMaxAnswer, timeout_, stop_});
        if (!observer_) return answer;
        RequestOutcome outcome{method, host_, statusOf(answer), false, std::chrono::steady_clock::now() - begun};
        const auto date = answer ? http::parseHttpDate(answer->date) : std::nullopt;
        if (date) outcome.dated = DatedAnswer{sentAt, SystemClock{}.now(), *date};
        outcome.certificateExpires = current.certificateExpires;
        observer_(outcome);
        return answer;
    }

    const std::shared_ptr<Fence> fence_;
    const RequestObserver observer_;
    const std::string host_;
    const std::chrono::seconds timeout_;
    const std::stop_token stop_;
    TokenBucket limiter_;
    RotatingConnection connection_;
};

}  // namespace

Result<std::shared_ptr<Client>> Client::create(Config config, ClientOptions options) {
    return createObservedClient(std::move(config), std::move(options), {}, {});
}

Result<std::shared_ptr<Client>> createObservedClient(Config config, ClientOptions options, RequestObserver observer,
                                                     ConfigSource source) {
    if (!config.bearerTokenFile.empty() && !std::filesystem::exists(config.bearerTokenFile)) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("{}: the token file does not exist", config.bearerTokenFile));
    }
    try {
        return std::shared_ptr<Client>{
            std::make_shared<RestClient>(config, std::move(options), std::move(observer), std::move(source))};
    } catch (const std::exception& problem) {
        return makeError(ErrorCode::InvalidArgument, fmt::format("{}: {}", config.server, problem.what()));
    }
}

}  // namespace bursar::kube
