#include "controllers/reconcile/delivery/statement_delivery.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "operator/runtime/base/base64.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr BackoffPolicy kDeliveryBackoff{seconds{1}, minutes{15}};
// An attempt under way delays a shutdown by no more than this.
constexpr seconds kAnswerTimeout{4};

const kube::Resource& secrets() {
    static const kube::Resource resource{"", "v1", "secrets", "Secret", true};
    return resource;
}

}  // namespace

Result<std::string> WebhookSender::secretOf(const api::SecretKeyRef& reference) {
    const std::string where = fmt::format("Secret {}/{}", reference.ns, reference.name);
    const auto object = client_->get(secrets(), {reference.ns, reference.name});
    if (!object && object.error().code == ErrorCode::Forbidden) {
        return makeError(ErrorCode::Forbidden,
                         fmt::format("{} may not be read; put it into the operator's own namespace, whose secrets its "
                                     "account may read",
                                     where));
    }
    if (!object) return makeError(object.error().code, fmt::format("{}: {}", where, object.error().message));
    const auto data = object->find("data");
    if (data == object->end() || !data->is_object() || !data->contains(reference.key)) {
        return makeError(ErrorCode::NotFound, fmt::format("{} has no key \"{}\"", where, reference.key));
    }
    auto secret = decodeBase64((*data)[reference.key].get<std::string>());
    if (!secret || secret->empty()) {
        return makeError(ErrorCode::InvalidArgument, fmt::format("{}: key \"{}\" is empty", where, reference.key));
    }
    return std::move(*secret);
}

Result<void> WebhookSender::attempt(const PendingDelivery& delivery, Instant now) {
    auto body = ledger_->statement({delivery.policy, delivery.statement.period});
    if (!body) return body.error();
    if (sha256Of(*body) != delivery.statement.sha256) {
        return makeError(ErrorCode::Internal,
                         "the statement was changed after it was closed, so it is not sent; `bursar "
                         "ledger verify` says more");
    }
    http::HttpPost post;
    post.url = delivery.webhook.url;
    post.timeout = kAnswerTimeout;
    post.headers["X-Bursar-Event"] = "statement.closed";
    post.headers["Idempotency-Key"] =
        fmt::format("{}/{}/{}", delivery.policy, delivery.statement.period, delivery.statement.sha256);
    if (delivery.webhook.hmacSecretRef) {
        const auto secret = secretOf(*delivery.webhook.hmacSecretRef);
        if (!secret) return secret.error();
        const auto at = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
        post.headers["X-Bursar-Signature"] =
            fmt::format("t={},v1={}", at, hmacSha256Of(*secret, fmt::format("{}.{}", at, *body)));
    }
    post.body = std::move(*body);
    const auto answer = post_(post);
    if (!answer) return answer.error();
    return {};
}

StatementDelivery::StatementDelivery(WebhookSender delivering, const Clock& clock, std::function<void()> onChange,
                                     std::function<void(const std::string&, bool)> onAttempt, OnException onException)
    : delivering_(std::move(delivering)),
      clock_(clock),
      onChange_(std::move(onChange)),
      onAttempt_(std::move(onAttempt)),
      onException_(std::move(onException)),
      thread_([this](const std::stop_token& stop) { keepRunning(stop, onException_, [&] { run(stop); }); }) {}

StatementDelivery::~StatementDelivery() { stop(); }

void StatementDelivery::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

void StatementDelivery::offer(std::vector<PendingDelivery> pending) {
    const auto same = [](const PendingDelivery& a, const PendingDelivery& b) {
        return a.statement == b.statement && a.webhook.url == b.webhook.url &&
               a.webhook.hmacSecretRef == b.webhook.hmacSecretRef;
    };
    const std::lock_guard lock{mutex_};
    if (std::equal(pending_.begin(), pending_.end(), pending.begin(), pending.end(), same)) return;
    pending_ = std::move(pending);
    changed_ = true;
    wake_.notify_all();
}

Deliveries StatementDelivery::snapshot() const {
    const std::lock_guard lock{mutex_};
    return deliveries_;
}

void StatementDelivery::run(const std::stop_token& stop) {
    Duration wait = kDeliveryBackoff.most;
    while (!stop.stop_requested()) {
        std::vector<PendingDelivery> pending;
        {
            std::unique_lock lock{mutex_};
            wake_.wait_for(lock, stop, wait, [this] { return changed_; });
            if (stop.stop_requested()) return;
            // Whatever was changed (a URL, a secret's name) is tried at once.
            if (changed_) attempts_.clear();
            changed_ = false;
            pending = pending_;
        }
        wait = deliverDue(pending, stop);
    }
}

Duration StatementDelivery::deliverDue(const std::vector<PendingDelivery>& pending, const std::stop_token& stop) {
    Duration wait = kDeliveryBackoff.most;
    for (const PendingDelivery& delivery : pending) {
        const std::string& key = delivery.statement.sha256;
        Attempts& attempts = attempts_[key];
        {
            const std::lock_guard lock{mutex_};
            if (deliveries_[key].delivered) continue;
        }
        if (stop.stop_requested()) return wait;
        if (attempts.isDue(clock_.steadyNow())) {
            const Instant now = clock_.now();
            const auto outcome = guarded(onException_, [&] { return delivering_.attempt(delivery, now); });
            attempts.backOff(clock_.steadyNow(), kDeliveryBackoff);
            if (outcome) {
                log::info("statement delivered", {{"policy", delivery.policy}, {"period", delivery.statement.period}});
            } else {
                log::warn("statement not delivered", {{"policy", delivery.policy},
                                                      {"period", delivery.statement.period},
                                                      {"error", outcome.error().message}});
            }
            if (onAttempt_) onAttempt_(delivery.policy, outcome.has_value());
            {
                const std::lock_guard lock{mutex_};
                deliveries_[key] = {outcome.has_value(), now, outcome ? "" : outcome.error().message};
            }
            onChange_();
            if (outcome) continue;
        }
        wait = std::min(wait, std::chrono::duration_cast<Duration>(attempts.next - clock_.steadyNow()));
    }
    return std::max(wait, Duration{1000});
}

}  // namespace bursar::reconcile
