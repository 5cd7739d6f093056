// Sources that hang, and policies with other sources.
#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "controllers/usage/usage_poller.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/usage_source.hpp"

using namespace bursar;
using namespace bursar::usage;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const std::string kGood = "http://good";

std::shared_ptr<const api::AllocationPolicy> policyOf(const std::string& name, const std::string& url) {
    bursar::testing::PolicyBuilder policy{name};
    policy.pool("chat", 1'000'000);
    policy.raw().prometheus.url = url;
    return policy;
}

// Sources by URL: `good` answers. The others fail; with `hang` they do not answer until their reader is stopped.
class Sources {
  public:
    [[nodiscard]] UsagePoller::Open open() {
        return [this](const api::AllocationPolicy& policy) -> std::shared_ptr<UsageSource> {
            const std::string& url = policy.prometheus.url;
            auto source = std::make_shared<bursar::testing::FakeUsageSource>(
                [this, url](Instant, Duration, const std::stop_token& stop) { return read(url, stop); });
            source->raw().endpoint = url;
            source->raw().pollInterval = milliseconds{200};
            return source;
        };
    }

    std::atomic<bool> hang = false;
    std::atomic<bool> boom = false;  // the others throw
    std::atomic<int> goodReads = 0;
    std::atomic<int> otherReads = 0;
    std::atomic<int> hanging = 0;

  private:
    Result<UsageBatch> read(const std::string& url, const std::stop_token& stop) {
        if (url == kGood) {
            ++goodReads;
            return UsageBatch{};
        }
        if (boom) throw std::runtime_error("boom");
        ++otherReads;
        if (!hang) return makeError(ErrorCode::Unavailable, "connection refused");
        ++hanging;
        while (!stop.stop_requested()) std::this_thread::sleep_for(milliseconds{5});
        return makeError(ErrorCode::Cancelled, "cancelled");
    }
};

template <typename Condition>
bool within(seconds patience, Condition condition) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(milliseconds{5});
    }
    return true;
}

}  // namespace

TEST_CASE("a source that hangs delays no policy of another source, and no stop") {
    const SystemClock clock;
    Sources sources;
    sources.hang = true;
    std::atomic<int> changes = 0;
    UsagePoller poller{clock, [&] { ++changes; }, {}, sources.open()};
    poller.follow({policyOf("a-hangs", "http://hangs"), policyOf("b-too", "http://hangs"), policyOf("well", kGood)},
                  {});
    REQUIRE(within(seconds{10}, [&] { return sources.hanging == 1; }));
    const int before = sources.goodReads;
    REQUIRE(within(seconds{10}, [&] { return sources.goodReads > before + 2 && changes > 2; }));
    const auto usage = poller.snapshot();
    CHECK(usage->at("well").known);
    CHECK(usage->size() == 1);
    CHECK(sources.hanging == 1);  // one reader per source
    const auto begun = std::chrono::steady_clock::now();
    poller.stop();
    CHECK(std::chrono::steady_clock::now() - begun < seconds{2});
    CHECK(poller.snapshot()->size() == 1);  // the cancelled read is not published
}

TEST_CASE("if more sources hang than there are readers, one reader is left to the sources that answer") {
    const SystemClock clock;
    Sources sources;
    std::atomic<int> errors = 0;
    UsagePoller poller{clock, [] {}, [&](const std::string&) { ++errors; }, sources.open()};
    std::vector<std::shared_ptr<const api::AllocationPolicy>> policies{policyOf("well", kGood)};
    const int others = static_cast<int>(kMostReaders) + 4;
    for (int i = 0; i < others; ++i) {
        policies.push_back(policyOf("p" + std::to_string(i), "http://s" + std::to_string(i)));
    }
    poller.follow(policies, {});
    REQUIRE(within(seconds{10}, [&] { return poller.snapshot()->size() == policies.size(); }));
    CHECK(errors >= others);
    CHECK(poller.snapshot()->at("p0").problem == "connection refused");
    sources.hang = true;
    REQUIRE(within(seconds{10}, [&] { return sources.hanging == static_cast<int>(kMostReaders) - 1; }));
    const int before = sources.goodReads;
    CHECK(within(seconds{10}, [&] { return sources.goodReads > before + 3; }));
    CHECK(sources.hanging == static_cast<int>(kMostReaders) - 1);
}

TEST_CASE("a dropped policy is gone at once, and a policy with a new source is read again") {
    const SystemClock clock;
    Sources sources;
    UsagePoller poller{clock, [] {}, {}, sources.open()};
    poller.follow({policyOf("one", "http://bad"), policyOf("two", kGood)}, {});
    REQUIRE(within(seconds{10}, [&] { return poller.snapshot()->size() == 2; }));
    CHECK_FALSE(poller.snapshot()->at("one").problem.empty());
    poller.follow({policyOf("one", kGood)}, {});
    CHECK_FALSE(poller.snapshot()->contains("two"));
    CHECK(within(seconds{10}, [&] { return poller.snapshot()->at("one").problem.empty(); }));
}

TEST_CASE("a source whose answer makes a reader throw holds up no other") {
    const SystemClock clock;
    Sources sources;
    sources.boom = true;
    std::atomic<int> reported = 0;
    std::atomic<int> errors = 0;
    UsagePoller poller{clock, [] {}, [&](const std::string&) { ++errors; }, sources.open(),
                       [&](const std::string& cause) { reported += cause == "boom" ? 1 : 0; }};
    poller.follow({policyOf("throws", "http://throws"), policyOf("well", kGood)}, {});
    REQUIRE(within(seconds{10}, [&] { return reported == 1 && errors == 1 && sources.goodReads > 2; }));
    CHECK(poller.snapshot()->size() == 1);
    poller.stop();
    CHECK(reported == 1);  // the next read of that source waits
}
