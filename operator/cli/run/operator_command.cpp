#include "operator/cli/run/operator_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <random>
#include <thread>

#include "controllers/reconcile/reconciler.hpp"
#include "operator/cli/run/operator_health.hpp"
#include "operator/cli/run/operator_metrics.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/base/stop_wait.hpp"
#include "operator/runtime/telemetry/log.hpp"
#include "operator/runtime/telemetry/probes.hpp"

namespace bursar::cli {
namespace {

using std::chrono::seconds;

// How long a hand-over waits for the replies to requests that were sent; after that the lease is left to expire.
constexpr Duration kDrain = seconds{1};
// How long after the end has begun requests are waited for, so that a server that hangs does not delay the shutdown.
constexpr Duration kGrace = seconds{3};

int cannotStart(const Error& error) {
    log::error("operator cannot start", {{"error", error.message}});
    return kCannotBeDone;
}

// Counts every request, compares the server's date with our clock, and logs each request at level Debug.
kube::RequestObserver observed(telemetry::RuntimeMetrics& runtime, std::shared_ptr<kube::ClockJudge> judge) {
    return [count = runtime.requests(), judge = std::move(judge)](const kube::RequestOutcome& outcome) {
        count(outcome);
        if (outcome.dated) judge->note(*outcome.dated, std::chrono::steady_clock::now());
        log::debug("request", {{"method", outcome.method},
                               {"host", outcome.host},
                               {"status", outcome.status},
                               {"watch", outcome.isWatch},
                               {"micros", std::chrono::duration_cast<Duration>(outcome.took).count()}});
    };
}

// Cancels requests that have no reply kGrace after the end has begun.
class Ending {
  public:
    explicit Ending(OnException onException) : onException_(std::move(onException)) {}

    void begin() {
        if (thread_.joinable()) return;
        thread_ = std::jthread{[this](const std::stop_token& over) {
            keepRunning(over, onException_, [&] {
                if (!waitForStop(over, kGrace)) requests_.request_stop();
            });
        }};
    }

    [[nodiscard]] std::stop_token ofRequests() const { return requests_.get_token(); }

  private:
    const OnException onException_;
    std::stop_source requests_;
    std::jthread thread_;  // last: it ends before `requests_` does
};

// Shared by running alone and running elected.
struct Operator {
    const Connection& connection;
    const OperatorOptions& options;
    const Clock& clock;
    OperatorHealth& health;
    const OperatorMetrics& metrics;
    Ending& ending;
    const std::shared_ptr<kube::ClockJudge> clockJudge = std::make_shared<kube::ClockJudge>();

    [[nodiscard]] Result<std::shared_ptr<kube::Client>> connect(kube::ClientOptions clientOptions) const {
        clientOptions.stop = ending.ofRequests();
        return connection.connect(std::move(clientOptions), observed(*metrics.runtime, clockJudge));
    }
};

// Two clients: the one that writes statuses does not use up the requests of the one that writes limits.
Result<std::unique_ptr<reconcile::Reconciler>> makeReconciler(const Operator& self,
                                                              const std::shared_ptr<kube::Fence>& fence) {
    kube::ClientOptions fenced;
    fenced.fence = fence;
    auto client = self.connect(fenced);
    if (!client) return client.error();
    auto statusClient = self.connect(fenced);
    if (!statusClient) return statusClient.error();
    reconcile::ReconcilerOptions options;
    options.statusMaxAge = self.options.statusMaxAge;
    options.ledger = self.options.ledger;
    options.fence = fence;
    options.metrics = self.metrics.treasury;
    options.runtime = self.metrics.runtime;
    options.maxTeamsInMetrics = self.options.maxTeamsInMetrics;
    options.clockJudge = self.clockJudge;
    return std::make_unique<reconcile::Reconciler>(*client, *statusClient, self.clock, options);
}

// Reconciles until `untilOver` returns. `handOver` is called before the threads are joined, which may take seconds.
Result<void> lead(const Operator& self, const std::shared_ptr<kube::Fence>& fence,
                  const std::function<void()>& untilOver, const std::function<void()>& handOver) {
    auto reconciler = makeReconciler(self, fence);
    if (!reconciler) return reconciler.error();
    (*reconciler)->start();
    self.health.follow(reconciler->get());
    log::info("operator started");
    untilOver();
    self.ending.begin();
    handOver();
    (*reconciler)->stop();
    self.health.follow(nullptr);
    log::info("operator stopped");
    return {};
}

int runAlone(const Operator& self, const std::stop_token& stop) {
    const auto led = lead(
        self, nullptr, [&] { waitForStop(stop); }, [] {});
    return led ? 0 : cannotStart(led.error());
}

kube::ElectionListener logElection(const std::string& identity, OnException onException) {
    return {[identity](const std::string& holder) {
                log::info("leader election", {{"leader", holder}, {"self", identity}});
            },
            [](const Error& error) {
                log::warn("lease not read or written", {{"error", error.message}});
            },
            std::move(onException)};
}

// Gives the lease back, unless a write of ours is still under way.
void giveBack(kube::Fence& fence, kube::LeaderElector& elector) {
    fence.close();
    const bool quiet = fence.drain(kDrain);
    if (!quiet) log::warn("lease left to expire: a write has no reply yet");
    if (const auto released = elector.stop(quiet); !released) {
        log::warn("lease not given back; it expires by itself", {{"error", released.error().message}});
    }
}

int runElected(const Operator& self, const std::stop_token& stop) {
    const kube::ElectionOptions& election = *self.options.election;
    if (const auto checked = kube::checkElection(election); !checked) return cannotStart(checked.error());
    kube::ClientOptions hasty;  // so that a renewal that hangs leaves time for another
    hasty.requestTimeout = std::max(seconds{1}, std::chrono::duration_cast<seconds>(election.renewDeadline / 2));
    auto client = self.connect(hasty);
    if (!client) return cannotStart(client.error());
    const auto fence = std::make_shared<kube::Fence>(self.clock);
    self.metrics.runtime->leads(election.name, false);
    kube::LeaderElector elector{std::move(*client), self.clock, election, fence,
                                logElection(election.identity, self.metrics.runtime->exceptions("leader-election"))};
    if (elector.waitWhile(kube::Standing::Candidate, stop) == kube::Standing::Candidate) {
        self.ending.begin();
        return 0;
    }
    bool deposed = false;
    const auto led = lead(
        self, fence,
        [&] {
            self.metrics.runtime->leads(election.name, true);
            deposed = elector.waitWhile(kube::Standing::Leader, stop) == kube::Standing::Deposed;
            self.metrics.runtime->leads(election.name, false);
        },
        [&] { giveBack(*fence, elector); });
    if (!led) {
        self.ending.begin();
        giveBack(*fence, elector);
        return cannotStart(led.error());
    }
    if (!deposed) return 0;
    log::error("lost the lead: the lease was not renewed in time, or another replica holds it; exiting to restart");
    return kRefused;
}

// Null if the address is empty.
Result<std::unique_ptr<telemetry::HttpServer>> serve(const std::string& what, const std::string& address,
                                                     telemetry::HttpRoutes routes, OnException onException) {
    if (address.empty()) return std::unique_ptr<telemetry::HttpServer>{};
    return telemetry::HttpServer::start(what, address, std::move(routes), {}, std::move(onException));
}

}  // namespace

std::string electionIdentity() {
    const char* host = std::getenv("HOSTNAME");
    std::random_device random;
    return fmt::format("{}_{:08x}{:08x}", host != nullptr && *host != '\0' ? host : "bursar", random(), random());
}

int runOperator(const Connection& connection, const OperatorOptions& options, const std::stop_token& stop) {
    const SystemClock clock;
    OperatorHealth health{clock};
    const OperatorMetrics metrics;
    const auto probes =
        serve("health address", options.healthAddress,
              telemetry::probeRoutes({[&health] { return health.live(); }, [&health] { return health.ready(); }}),
              metrics.runtime->exceptions("http-server"));
    if (!probes) return cannotStart(probes.error());
    const auto scrapes =
        serve("metrics address", options.metricsAddress, metrics.routes(), metrics.runtime->exceptions("http-server"));
    if (!scrapes) return cannotStart(scrapes.error());
    Ending ending{metrics.runtime->exceptions("ending")};
    const Operator self{connection, options, clock, health, metrics, ending};
    return options.election ? runElected(self, stop) : runAlone(self, stop);
}

}  // namespace bursar::cli
