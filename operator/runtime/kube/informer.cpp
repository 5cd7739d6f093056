#include "operator/runtime/kube/informer.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <span>
#include <string_view>
#include <thread>

#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/base/stop_wait.hpp"

namespace bursar::kube {
namespace {

using std::chrono::milliseconds;

constexpr BackoffPolicy kWatchBackoff{milliseconds{200}, std::chrono::seconds{30}};
constexpr milliseconds kShortestWatch{1000};  // a watch that ends sooner without an event has failed

// Fields of the metadata that change with every write.
constexpr std::array<std::string_view, 2> kOfEveryWrite = {"resourceVersion", "managedFields"};

bool sameButFor(const Json& a, const Json& b, std::span<const std::string_view> names) {
    const auto covers = [names](const Json& one, const Json& other) {
        return std::ranges::all_of(one.items(), [&](const auto& field) {
            if (std::ranges::find(names, field.key()) != names.end()) return true;
            const auto found = other.find(field.key());
            return found != other.end() && *found == field.value();
        });
    };
    return covers(a, b) && covers(b, a);
}

}  // namespace

bool changedBeyondStatus(const Json& before, const Json& after) {
    constexpr std::array<std::string_view, 2> kLookedAtApart = {"status", "metadata"};
    return !sameButFor(before, after, kLookedAtApart) ||
           !sameButFor(before["metadata"], after["metadata"], kOfEveryWrite);
}

// States: Empty (no resourceVersion: list next) and Watching (resume from the resourceVersion). 410 goes back to Empty,
// any other error keeps the state; run() waits between the steps. A list does not clear an error: the error stays until
// a watch begins.
class Informer::Impl {
  public:
    Impl(std::shared_ptr<Reader> client, InformerOptions options, std::function<void(const Key*)> onChange)
        : client_(std::move(client)), options_(std::move(options)), onChange_(std::move(onChange)) {}

    ~Impl() { stop(); }

    void start() {
        thread_ = std::jthread{
            [this](const std::stop_token& stop) { keepRunning(stop, options_.onException, [&] { run(stop); }); }};
    }

    void stop() {
        if (!thread_.joinable()) return;
        thread_.request_stop();
        thread_.join();
    }

    std::shared_ptr<const Store> snapshot() {
        const MutexLock lock{mutex_};
        // Copied when it is asked for, so that many events in a row need no copy each.
        if (!snapshot_) snapshot_ = std::make_shared<const Store>(store_);
        return snapshot_;
    }

    bool hasSynced() const {
        const MutexLock lock{mutex_};
        return synced_;
    }

    std::string lastError() const {
        const MutexLock lock{mutex_};
        return lastError_;
    }

  private:
    void run(const std::stop_token& stop) {
        Duration backoff{0};  // 0: no failure since the last progress
        while (!stop.stop_requested()) {
            const bool listing = resourceVersion_.empty();
            const auto stepped = guarded(options_.onException, [&] { return listing ? list() : watch(stop); });
            if (!stepped) noteError(stepped.error().message);
            if (progressed_) backoff = Duration{0};
            if (stepped) continue;
            const bool gone = stepped.error().isGone();
            if (gone) resourceVersion_.clear();
            const bool isFirst = backoff == Duration{0};
            backoff = kWatchBackoff.longerThan(backoff);
            // A single 410 is normal; consecutive ones are an error.
            if (!gone || !isFirst) pause(stop, backoff, stepped.error().retryAfterSeconds);
        }
    }

    Result<void> list() {
        progressed_ = false;
        auto listed = client_->list(options_.resource, {options_.ns, options_.labelSelector, "", 500});
        if (!listed) return listed.error();
        if (listed_ && options_.onRelist) options_.onRelist();
        listed_ = true;
        Store fresh;
        for (Json& item : listed->items) {
            const Key key = keyOf(item);
            fresh.emplace(key, std::make_shared<const Json>(std::move(item)));
        }
        {
            const MutexLock lock{mutex_};
            store_ = std::move(fresh);
            snapshot_.reset();
            synced_ = true;
        }
        resourceVersion_ = listed->resourceVersion;
        onChange_(nullptr);
        return {};
    }

    Result<void> watch(const std::stop_token& stop) {
        progressed_ = false;
        WatchOptions options;
        options.ns = options_.ns;
        options.labelSelector = options_.labelSelector;
        options.resourceVersion = resourceVersion_;
        const auto begun = std::chrono::steady_clock::now();
        auto ended =
            client_->watch(options_.resource, options, stop, [this](WatchEvent event) { handle(std::move(event)); });
        if (!ended || progressed_) return ended;
        if (std::chrono::steady_clock::now() - begun < kShortestWatch && !stop.stop_requested()) {
            return makeError(ErrorCode::Unavailable, "the server ends every watch at once");
        }
        progressed_ = true;
        return ended;
    }

    void handle(WatchEvent event) {
        noteError("");
        const std::string version = event.object["metadata"].value("resourceVersion", resourceVersion_);
        progressed_ = progressed_ || version != resourceVersion_;
        resourceVersion_ = version;
        if (event.type == WatchEvent::Type::Bookmark) return;
        const Key key = keyOf(event.object);
        std::shared_ptr<const Json> before;
        std::shared_ptr<const Json> after;
        if (event.type != WatchEvent::Type::Deleted) after = std::make_shared<const Json>(std::move(event.object));
        {
            const MutexLock lock{mutex_};
            if (const auto known = store_.find(key); known != store_.end()) before = known->second;
            if (after) {
                store_[key] = after;
            } else {
                store_.erase(key);
            }
            snapshot_.reset();
        }
        if (before && after && options_.matters && !options_.matters(*before, *after)) return;
        onChange_(&key);
    }

    void noteError(const std::string& message) {
        const MutexLock lock{mutex_};
        lastError_ = message;
    }

    // Between half and all of `backoff`, so that many watchers do not come back at the same instant.
    void pause(const std::stop_token& stop, Duration backoff, int retryAfterSeconds) {
        std::uniform_int_distribution<Duration::rep> spread{backoff.count() / 2, backoff.count()};
        waitForStop(stop, std::max<Duration>(Duration{spread(random_)}, std::chrono::seconds{retryAfterSeconds}));
    }

    // Constant after construction.
    const std::shared_ptr<Reader> client_;
    const InformerOptions options_;
    const std::function<void(const Key*)> onChange_;

    // Used by the informer's thread only.
    std::string resourceVersion_;
    bool progressed_ = false;
    bool listed_ = false;
    std::minstd_rand random_{std::random_device{}()};

    mutable Mutex mutex_;
    Store store_ GUARDED_BY(mutex_);
    std::shared_ptr<const Store> snapshot_ GUARDED_BY(mutex_);
    bool synced_ GUARDED_BY(mutex_) = false;
    std::string lastError_ GUARDED_BY(mutex_);

    std::jthread thread_;
};

Informer::Informer(std::shared_ptr<Reader> client, InformerOptions options, std::function<void(const Key*)> onChange)
    : impl_(std::make_unique<Impl>(std::move(client), std::move(options), std::move(onChange))) {}

Informer::~Informer() = default;

void Informer::start() { impl_->start(); }
void Informer::stop() { impl_->stop(); }
std::shared_ptr<const Store> Informer::snapshot() const { return impl_->snapshot(); }
bool Informer::hasSynced() const { return impl_->hasSynced(); }
std::string Informer::lastError() const { return impl_->lastError(); }

}  // namespace bursar::kube
