// Polls the usage source of every policy and keeps its account.
//
// Flow: an account begins at the start of the earliest open window of its policy's pools, so a restarted operator comes
// to the same figures from the source alone; then it follows in small steps. A source that does not answer changes
// nothing: the last figures stay, and `problem` says what is wrong. Threads: one, joined by stop().
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "controllers/usage/prometheus.hpp"
#include "operator/base/clock.hpp"

namespace bursar::usage {

// What the poller publishes for one policy.
struct PolicyUsage {
    treasury::UsageView view;
    bool known = false;  // the account was complete once; before that `view` may lack what is not read yet
    bool fresh = false;
    Instant lastScrape{};  // epoch: nothing was ever seen
    std::string problem;   // empty when all is well
    api::Tokens undated;   // see CounterAccount::undated
};

using UsageByPolicy = std::map<std::string, PolicyUsage>;

// One step of one policy's account, without threads: what the poller calls, and what tests drive.
class PolicyAccount {
  public:
    using Query = std::function<Result<UsageBatch>(const api::PrometheusUsage&, Instant to, Duration span)>;

    PolicyAccount(const api::AllocationPolicy& policy, Query query, Instant now, treasury::Cuts cuts = {});

    // True where `policy` still wants the same account (same source, same pools and windows), and no cut is new that
    // lies in what was read already: then the window must be read again.
    [[nodiscard]] bool serves(const api::AllocationPolicy& policy, const treasury::Cuts& cuts = {}) const;
    // Takes cuts over; those that lie ahead need nothing else.
    void setCuts(const treasury::Cuts& cuts);
    // Catches up to `now`. Stops at the first error; what was read is kept, and the next call goes on from there.
    void advance(Instant now);
    [[nodiscard]] PolicyUsage snapshot(Instant now) const;
    [[nodiscard]] Duration pollInterval() const { return source_.pollInterval; }

  private:
    api::PrometheusUsage source_;
    std::map<std::string, api::BudgetWindow> windows_;
    Query query_;
    CounterAccount account_;
    treasury::Cuts cuts_;
    const Instant begin_;
    Instant readUpTo_;
    bool caughtUp_ = false;
    std::string problem_;
};

class UsagePoller {
  public:
    UsagePoller(const Clock& clock, std::function<void()> onChange);
    ~UsagePoller();

    // The policies to follow from now on; policies without a usage source are passed over. `cuts` by policy.
    void follow(std::vector<std::shared_ptr<const api::AllocationPolicy>> policies,
                std::map<std::string, treasury::Cuts> cuts);
    [[nodiscard]] std::shared_ptr<const UsageByPolicy> snapshot() const;
    void stop();

  private:
    using Policies = std::vector<std::shared_ptr<const api::AllocationPolicy>>;
    void run(std::stop_token stop);
    // Polls what is due; the time until the next is.
    Duration pollDue(const Policies& policies, const std::map<std::string, treasury::Cuts>& cuts);

    const Clock& clock_;
    const std::function<void()> onChange_;

    // Used by the thread only.
    std::map<std::string, PolicyAccount> accounts_;
    std::map<std::string, std::chrono::steady_clock::time_point> nextPoll_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    Policies policies_;
    std::map<std::string, treasury::Cuts> cuts_;
    bool changed_ = false;
    std::shared_ptr<const UsageByPolicy> published_ = std::make_shared<UsageByPolicy>();

    std::jthread thread_;  // last: it uses everything above
};

}  // namespace bursar::usage
