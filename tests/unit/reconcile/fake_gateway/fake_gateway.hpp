// A second gateway type, in memory: what adding one takes is this folder, a line in the factory (openFake below), a
// block in the CRD, and tests.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "controllers/gateways/factory/open_gateway.hpp"
#include "operator/runtime/base/mutex.hpp"

namespace bursar::testing {

// The limits a FakeGateway has published, and what it fails at next. Shared with the test. Thread-safe.
class FakeGatewayBackend {
  public:
    std::map<gateways::GatewayName, std::vector<treasury::Limit>> limits() const {
        const MutexLock lock{mutex_};
        return limits_;
    }
    // How often limits were published: once for each decision and gateway.
    int calls() const {
        const MutexLock lock{mutex_};
        return calls_;
    }
    void failNext(Error error) {
        const MutexLock lock{mutex_};
        failures_.push_back(std::move(error));
    }
    void setWatchError(std::string message) {
        const MutexLock lock{mutex_};
        watchError_ = std::move(message);
    }
    std::string watchError() const {
        const MutexLock lock{mutex_};
        return watchError_;
    }
    // Somebody else deletes the limits.
    void clear() {
        const MutexLock lock{mutex_};
        limits_.clear();
    }

    gateways::GatewayReport write(const gateways::GatewayName& name, std::span<const treasury::Limit> limits) {
        const MutexLock lock{mutex_};
        ++calls_;
        gateways::GatewayReport report;
        report.limits = limits.size();
        if (!failures_.empty()) {
            report.error = std::move(failures_.front());
            failures_.pop_front();
            return report;
        }
        std::vector<treasury::Limit>& current = limits_[name];
        if (!std::ranges::equal(current, limits)) {
            current.assign(limits.begin(), limits.end());
            report.writes = 1;
        }
        return report;
    }
    Result<void> removeUnused(const gateways::GatewaysInUse& inUse) {
        const MutexLock lock{mutex_};
        if (!failures_.empty()) {
            Error error = std::move(failures_.front());
            failures_.pop_front();
            return error;
        }
        std::erase_if(limits_, [&](const auto& entry) {
            return !inUse.named.contains(entry.first) && !inUse.brokenPolicies.contains(entry.first.policy);
        });
        return {};
    }

  private:
    mutable Mutex mutex_;
    std::map<gateways::GatewayName, std::vector<treasury::Limit>> limits_ GUARDED_BY(mutex_);
    int calls_ GUARDED_BY(mutex_) = 0;
    std::deque<Error> failures_ GUARDED_BY(mutex_);
    std::string watchError_ GUARDED_BY(mutex_);
};

class FakeGateway final : public gateways::Gateway {
  public:
    explicit FakeGateway(std::shared_ptr<FakeGatewayBackend> backend) : backend_(std::move(backend)) {}

    [[nodiscard]] gateways::GatewayFacts facts() const override { return {1'000'000, "none", "Open"}; }
    void start() override { synced_ = true; }
    void stop() override {}
    [[nodiscard]] bool hasSynced() const override { return synced_; }
    [[nodiscard]] std::map<std::string, std::string> watchErrors() const override {
        return {{"fakelimits", backend_->watchError()}};
    }
    [[nodiscard]] bool hasSameTarget(const api::Gateway& a, const api::Gateway& b) const override {
        return a.name == b.name;
    }
    gateways::GatewayReport reconcile(const std::string& policy, const api::Gateway& gateway,
                                      std::span<const treasury::Limit> limits) override {
        return backend_->write({policy, gateway.name}, limits);
    }
    Result<void> removeUnused(const gateways::GatewaysInUse& inUse) override { return backend_->removeUnused(inUse); }

  private:
    const std::shared_ptr<FakeGatewayBackend> backend_;
    std::atomic<bool> synced_ = false;
};

inline constexpr api::GatewayType kFakeType = api::GatewayType::LiteLLM;  // one that no build implements

// The factory of a build that has the fake beside what it implements, for ReconcilerOptions::openGateways.
inline auto openFake(std::shared_ptr<FakeGatewayBackend> backend, bool alone = true) {
    return [backend = std::move(backend), alone](const gateways::GatewayContext& context) {
        gateways::GatewaysByType opened;
        if (!alone) opened = gateways::openGateways(context);
        opened[kFakeType] = std::make_unique<FakeGateway>(backend);
        return opened;
    };
}

}  // namespace bursar::testing
