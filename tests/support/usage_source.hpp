// A usage source that answers what a test says.
#pragma once

#include <functional>
#include <memory>

#include "controllers/usage/usage_source.hpp"

namespace bursar::testing {

class FakeUsageSource final : public usage::UsageSource {
  public:
    using Answer = std::function<Result<usage::UsageBatch>(Instant to, Duration span, const std::stop_token& stop)>;

    explicit FakeUsageSource(Answer answer) : answer_(std::move(answer)) {}

    // Seen by facts() and isFor() once a test changes it: an endpoint is the policy's URL.
    usage::UsageFacts& raw() { return facts_; }

    [[nodiscard]] const usage::UsageFacts& facts() const override { return facts_; }
    [[nodiscard]] bool isFor(const api::AllocationPolicy& policy) const override {
        return policy.prometheus.url == facts_.endpoint;
    }
    Result<usage::UsageBatch> read(Instant to, Duration span, const std::stop_token& stop) override {
        return answer_(to, span, stop);
    }

  private:
    const Answer answer_;
    usage::UsageFacts facts_;
};

// Asks `source(to, span)`, which must outlive the result.
template <typename Source>
std::shared_ptr<usage::UsageSource> usageSource(Source& source) {
    return std::make_shared<FakeUsageSource>(
        [&source](Instant to, Duration span, const std::stop_token&) { return source(to, span); });
}

}  // namespace bursar::testing
