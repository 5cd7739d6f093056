// Polls the usage sources of all policies, a few at a time, so that a source that hangs delays no other.
//
// Flow: the poller has one reader per endpoint, at most kMostReaders, and an endpoint has at most one reader at a time,
// however many policies it serves. With more endpoints than readers, failing endpoints leave one reader to the others.
// A free reader takes the policy that has been due longest. Threads: follow() starts the readers, stop() ends their
// reads and joins them. One owner calls follow() and stop(); any thread may call snapshot().
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "controllers/usage/open_usage_source.hpp"
#include "controllers/usage/policy_account.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/base/mutex.hpp"

namespace bursar::usage {

inline constexpr std::size_t kMostReaders = 8;

class UsagePoller {
  public:
    // Makes a policy's source; null if it has none.
    using Open = std::function<std::shared_ptr<UsageSource>(const api::AllocationPolicy&)>;

    // Readers call these on their threads, several at a time: `onChange` after each read; `onError`, if given, with the
    // policy's name after each failed read.
    UsagePoller(const Clock& clock, std::function<void()> onChange,
                std::function<void(const std::string&)> onError = {}, Open open = openUsageSource,
                OnException onException = {});
    ~UsagePoller();
    UsagePoller(const UsagePoller&) = delete;
    UsagePoller& operator=(const UsagePoller&) = delete;

    // Replaces the policies to read, and `wanted` by policy. Skips policies with errors or without a usage source.
    void follow(const std::vector<std::shared_ptr<const api::AllocationPolicy>>& policies,
                const std::map<std::string, Wanted>& wanted) EXCLUDES(mutex_);
    [[nodiscard]] std::shared_ptr<const UsageByPolicy> snapshot() const EXCLUDES(mutex_);
    void stop();

  private:
    struct Job {
        std::shared_ptr<const api::AllocationPolicy> policy;
        std::shared_ptr<UsageSource> source;
        Wanted wanted;

        bool operator==(const Job&) const = default;
        [[nodiscard]] const std::string& endpoint() const { return source->facts().endpoint; }
    };
    struct Followed {
        Job job;
        bool changed = true;  // `job`, since a reader last took it
        bool isRead = false;  // by a reader, which alone uses `account` meanwhile
        std::optional<PolicyAccount> account;
        std::chrono::steady_clock::time_point due{};
    };
    // One turn of a reader.
    struct Turn {
        std::shared_ptr<Followed> followed;
        Job job;
        bool isDue = false;
    };
    struct Outcome {
        bool wasRead = false;              // false: only the account's settings changed
        std::optional<PolicyUsage> usage;  // absent: nothing to publish
    };

    void run();
    [[nodiscard]] std::shared_ptr<UsageSource> sourceOf(const api::AllocationPolicy& policy) const REQUIRES(mutex_);
    [[nodiscard]] std::shared_ptr<Followed> nextDue(Duration& wait) const REQUIRES(mutex_);
    [[nodiscard]] bool hasReader(const std::string& endpoint) const REQUIRES(mutex_);
    [[nodiscard]] Turn begin(const std::shared_ptr<Followed>& followed) REQUIRES(mutex_);
    [[nodiscard]] Outcome readGuarded(const Turn& turn) const EXCLUDES(mutex_);
    [[nodiscard]] Outcome read(const Turn& turn) const EXCLUDES(mutex_);
    bool advance(Followed& followed, const Job& job, bool isDue) const;
    [[nodiscard]] bool end(const Turn& turn, Outcome outcome) REQUIRES(mutex_);
    void publish(const Turn& turn, PolicyUsage usage) REQUIRES(mutex_);

    const Clock& clock_;
    const std::function<void()> onChange_;
    const std::function<void(const std::string&)> onError_;
    const Open open_;
    const OnException onException_;
    std::stop_source stop_;

    mutable Mutex mutex_;
    std::condition_variable_any wake_;
    std::uint64_t revision_ GUARDED_BY(mutex_) = 0;  // grows when nextDue() may answer differently
    std::map<std::string, std::shared_ptr<Followed>> followed_ GUARDED_BY(mutex_);  // by policy
    std::size_t endpoints_ GUARDED_BY(mutex_) = 0;
    std::set<std::string> beingRead_ GUARDED_BY(mutex_);  // endpoints
    std::set<std::string> failing_ GUARDED_BY(mutex_);    // endpoints whose last read failed
    std::shared_ptr<const UsageByPolicy> published_ GUARDED_BY(mutex_) = std::make_shared<UsageByPolicy>();

    std::vector<std::jthread> readers_;  // last: they use everything above
};

}  // namespace bursar::usage
