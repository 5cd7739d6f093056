// Polls the usage sources of all policies, a few at a time, so that one that hangs holds up no other.
//
// Flow: each source has at most one reader at once, however many policies it serves, and there are as many readers as
// sources, kMostReaders at the most. Where there are more sources than that, those that failed when they were read last
// leave one reader to those that answer. A policy is read when it is due, the longest due first. Threads: the readers,
// begun by follow() and joined by stop(), which ends what they wait for. follow() and stop() are called by one owner,
// snapshot() by anybody.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "controllers/usage/policy_account.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"

namespace bursar::usage {

inline constexpr std::size_t kMostReaders = 8;

class UsagePoller {
  public:
    // Reads a source; Cancelled where a stop is requested meanwhile.
    using Read =
        std::function<Result<UsageBatch>(const api::PrometheusUsage&, Instant to, Duration span, std::stop_token)>;

    // Called on the readers' threads, from several at a time: `onChange` after a source was read, and where it is given
    // `onError` with the policy at each attempt that its source did not answer.
    UsagePoller(const Clock& clock, std::function<void()> onChange,
                std::function<void(const std::string&)> onError = {}, Read read = queryRange,
                OnException onException = {});
    ~UsagePoller();
    UsagePoller(const UsagePoller&) = delete;
    UsagePoller& operator=(const UsagePoller&) = delete;

    // The policies to follow from now on; policies without a usage source are passed over. `wanted` by policy.
    void follow(const std::vector<std::shared_ptr<const api::AllocationPolicy>>& policies,
                const std::map<std::string, Wanted>& wanted);
    [[nodiscard]] std::shared_ptr<const UsageByPolicy> snapshot() const;
    void stop();

  private:
    struct Asked {
        std::shared_ptr<const api::AllocationPolicy> policy;
        Wanted wanted;

        bool operator==(const Asked&) const = default;
        [[nodiscard]] const std::string& source() const { return policy->prometheus.url; }
    };
    struct Followed {
        Asked asked;
        bool changed = true;  // `asked`, since its account was told last
        bool isRead = false;  // by one of the readers, whose alone `account` is meanwhile
        std::optional<PolicyAccount> account;
        std::chrono::steady_clock::time_point due{};
    };

    void run();
    [[nodiscard]] std::shared_ptr<Followed> nextDue(Duration& wait) const;
    [[nodiscard]] bool hasReader(const std::string& source) const;
    void serve(const std::shared_ptr<Followed>& followed, std::unique_lock<std::mutex>& lock);
    bool advance(Followed& followed, const Asked& asked, bool isDue) const;
    void publish(const std::shared_ptr<Followed>& followed, const std::string& policy, PolicyUsage usage);

    const Clock& clock_;
    const std::function<void()> onChange_;
    const std::function<void(const std::string&)> onError_;
    const Read read_;
    const OnException onException_;
    std::stop_source stop_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::uint64_t revision_ = 0;                                 // of what readers choose by
    std::map<std::string, std::shared_ptr<Followed>> followed_;  // by policy
    std::size_t sources_ = 0;
    std::set<std::string> beingRead_;  // sources
    std::set<std::string> failing_;    // sources that did not answer when they were read last
    std::shared_ptr<const UsageByPolicy> published_ = std::make_shared<UsageByPolicy>();

    std::vector<std::jthread> readers_;  // last: they use everything above
};

}  // namespace bursar::usage
