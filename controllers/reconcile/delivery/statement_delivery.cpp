#include "controllers/reconcile/delivery/statement_delivery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "operator/runtime/base/base64.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr BackoffPolicy kDeliveryBackoff{seconds{1}, minutes{15}};
// An attempt that is under way delays a shutdown by this time at most.
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

StatementDelivery::StatementDelivery(WebhookSender sender, const Clock& clock, std::function<void()> onChange,
                                     std::function<void(const std::string&, bool)> onAttempt, OnException onException)
    : sender_(std::move(sender)),
      clock_(clock),
      onChange_(std::move(onChange)),
      onAttempt_(std::move(onAttempt)),
      onException_(std::move(onException)),
      loop_([this](bool, const std::stop_token& stop) { return deliverDue(stop); }, Duration{0}, onException_) {
    loop_.start();
}

StatementDelivery::~StatementDelivery() { stop(); }

void StatementDelivery::stop() { loop_.stop(); }

void StatementDelivery::offer(std::vector<PendingDelivery> pending) {
    const auto same = [](const PendingDelivery& a, const PendingDelivery& b) {
        return a.statement == b.statement && a.webhook.url == b.webhook.url &&
               a.webhook.hmacSecretRef == b.webhook.hmacSecretRef;
    };
    const MutexLock lock{mutex_};
    if (std::equal(pending_.begin(), pending_.end(), pending.begin(), pending.end(), same)) return;
    pending_ = std::move(pending);
    offered_ = true;
    loop_.wake();
}

Deliveries StatementDelivery::snapshot() const {
    const MutexLock lock{mutex_};
    return deliveries_;
}

bool StatementDelivery::isDelivered(const std::string& sha256) const {
    const MutexLock lock{mutex_};
    const auto found = deliveries_.find(sha256);
    return found != deliveries_.end() && found->second.delivered;
}

Duration StatementDelivery::deliverDue(const std::stop_token& stop) {
    std::vector<PendingDelivery> pending;
    {
        const MutexLock lock{mutex_};
        // After a change (of a URL, of a secret's name) everything is tried at once.
        if (std::exchange(offered_, false)) attempts_.clear();
        pending = pending_;
    }
    Duration wait = kDeliveryBackoff.most;
    for (const PendingDelivery& delivery : pending) {
        if (isDelivered(delivery.statement.sha256)) continue;
        if (stop.stop_requested()) return wait;
        Attempts& attempts = attempts_[delivery.statement.sha256];
        if (attempts.isDue(clock_.steadyNow()) && deliver(delivery, attempts)) continue;
        wait = std::min(wait, std::chrono::duration_cast<Duration>(attempts.next - clock_.steadyNow()));
    }
    return std::max(wait, Duration{1000});
}

bool StatementDelivery::deliver(const PendingDelivery& delivery, Attempts& attempts) {
    const Instant now = clock_.now();
    const auto outcome = guarded(onException_, [&] { return sender_.attempt(delivery, now); });
    attempts.backOff(clock_.steadyNow(), kDeliveryBackoff);
    if (outcome) {
        log::info("statement delivered", {{"policy", delivery.policy}, {"period", delivery.statement.period}});
    } else {
        log::warn(
            "statement not delivered",
            {{"policy", delivery.policy}, {"period", delivery.statement.period}, {"error", outcome.error().message}});
    }
    if (onAttempt_) onAttempt_(delivery.policy, outcome.has_value());
    {
        const MutexLock lock{mutex_};
        deliveries_[delivery.statement.sha256] = {outcome.has_value(), now, outcome ? "" : outcome.error().message};
    }
    onChange_();
    return outcome.has_value();
}

}  // namespace bursar::reconcile
