#include "operator/runtime/kube/leader_election.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bursar::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLongestLease = std::chrono::hours{1};
// Without a deadline, a waiting caller checks this often.
constexpr Duration kIdle = seconds{60};

}  // namespace

Result<void> checkElection(const ElectionOptions& options) {
    const auto wrong = [](std::string message) { return makeError(ErrorCode::InvalidArgument, std::move(message)); };
    if (options.leaseDuration % seconds{1} != Duration{0} || options.leaseDuration > kLongestLease) {
        return wrong("the lease duration must be whole seconds, at most an hour");
    }
    if (options.retryPeriod < milliseconds{100}) return wrong("the retry period must be 100ms or more");
    if (options.renewDeadline < 2 * options.retryPeriod) {
        return wrong(
            "the renew deadline must be twice the retry period or more, so that one failure does not depose the "
            "leader");
    }
    if (options.leaseDuration <= options.renewDeadline) {
        return wrong(
            "the lease duration must be longer than the renew deadline, so that a leader stops before another begins");
    }
    return {};
}

Election::Election(std::shared_ptr<Client> client, const Clock& clock, ElectionOptions options,
                   std::shared_ptr<Fence> fence)
    : client_(std::move(client)), clock_(clock), options_(std::move(options)), fence_(std::move(fence)) {}

Standing Election::standing() const {
    if (!elected_) return Standing::Candidate;
    return fence_->isOpen() ? Standing::Leader : Standing::Deposed;
}

Duration Election::pause() const {
    return standing() == Standing::Leader ? options_.retryPeriod : options_.retryPeriod / 2;
}

std::string Election::holder() const { return seen_.record ? seen_.record->holder : ""; }

Result<void> Election::step() {
    if (standing() == Standing::Deposed) return {};
    auto found = client_->get(leases(), {options_.ns, options_.name});
    if (!found && !found.error().isNotFound()) return found.error();
    stored_ = found ? std::move(*found) : Json{};
    // The time is taken after the answer, and so after the lease was written.
    seen_ =
        lookAgain(std::move(seen_), found ? std::optional{leaseRecordOf(stored_)} : std::nullopt, clock_.steadyNow());
    const LeaseAction action = actionFor(seen_, options_.identity, clock_.steadyNow());
    if (action == LeaseAction::Wait) {
        if (elected_) fence_->close();
        return {};
    }
    return claim(action, clock_.steadyNow());
}

Result<void> Election::claim(LeaseAction action, Fence::TimePoint asked) {
    // Reading the lease may have taken longer than the term.
    if (standing() == Standing::Deposed) return {};
    const LeaseClaim ours{options_.ns, options_.name, options_.identity, options_.leaseDuration};
    const Json lease = claimedLease(action, stored_, ours, clock_.now());
    auto written =
        action == LeaseAction::Create ? client_->create(leases(), lease) : client_->replace(leases(), lease, "");
    if (!written) {
        if (written.error().isConflict() || written.error().isAlreadyExists()) return {};
        return written.error();
    }
    stored_ = std::move(*written);
    seen_ = {leaseRecordOf(stored_), clock_.steadyNow()};
    elected_ = true;
    // Counted from before the write was sent. Other candidates count from when they see it, which is later.
    if (!fence_->extend(asked + options_.renewDeadline)) fence_->close();
    return {};
}

Result<void> Election::release() {
    if (!elected_ || holder() != options_.identity) return {};
    fence_->close();
    auto written = client_->replace(leases(), releasedLease(stored_, clock_.now()), "");
    if (!written && written.error().isConflict()) return {};  // another candidate has it already
    if (!written) return written.error();
    seen_ = {leaseRecordOf(*written), clock_.steadyNow()};
    return {};
}

LeaderElector::LeaderElector(std::shared_ptr<Client> client, const Clock& clock, const ElectionOptions& options,
                             std::shared_ptr<Fence> fence, ElectionListener listener)
    : clock_(clock),
      fence_(fence),
      listener_(std::move(listener)),
      election_(std::move(client), clock, options, std::move(fence)),
      thread_([this](const std::stop_token& stop) { keepRunning(stop, listener_.onException, [&] { run(stop); }); }) {}

LeaderElector::~LeaderElector() { (void)stop(false); }

// standing_ may be old: the thread may wait for an answer, or the process may have been stopped.
Standing LeaderElector::standingLocked() const {
    return standing_ == Standing::Leader && !fence_->isOpen() ? Standing::Deposed : standing_;
}

Standing LeaderElector::standing() const {
    const MutexLock lock{mutex_};
    return standingLocked();
}

Standing LeaderElector::waitWhile(Standing standing, const std::stop_token& stop) {
    MutexLock lock{mutex_};
    while (!stop.stop_requested() && standingLocked() == standing) {
        const auto deadline = fence_->deadline();
        const Duration left = deadline ? std::chrono::duration_cast<Duration>(*deadline - clock_.steadyNow()) : kIdle;
        changed_.wait_for(lock, stop, std::max<Duration>(left, milliseconds{1}),
                          [&]() REQUIRES(mutex_) { return standingLocked() != standing; });
    }
    return standingLocked();
}

Result<void> LeaderElector::stop(bool release) {
    if (!thread_.joinable()) return {};
    thread_.request_stop();
    thread_.join();
    return release ? election_.release() : Result<void>{};
}

void LeaderElector::run(const std::stop_token& stop) {
    std::optional<std::string> holder;
    std::string lastError;
    while (!stop.stop_requested()) {
        const auto stepped = guarded(listener_.onException, [this] { return election_.step(); });
        // Reported once, not at every attempt.
        const std::string message = stepped ? "" : stepped.error().message;
        if (!stepped && message != lastError) listener_.onError(stepped.error());
        lastError = message;
        if (stepped && holder != election_.holder()) listener_.onHolder(*(holder = election_.holder()));
        MutexLock lock{mutex_};
        standing_ = election_.standing();
        changed_.notify_all();
        if (standing_ == Standing::Deposed) return;
        changed_.wait_for(lock, stop, election_.pause(), [] { return false; });
    }
}

}  // namespace bursar::kube
