// Delivers closed statements to a policy's webhook: signed, at least once, in the background.
//
// Form: the body is the stored JSON of the statement, byte for byte. Headers: `Idempotency-Key` (policy, period and the
// statement's SHA-256: the same for every attempt), `X-Bursar-Event: statement.closed`, and, if the policy names a
// secret, `X-Bursar-Signature: t=<unix seconds>,v1=<hex>`, the HMAC-SHA-256 of `<t>.<body>` with that secret, so that a
// receiver can refuse forged and old requests. Any 2xx counts as delivered; after anything else the attempt is repeated
// with backoff. The secret is read for every attempt and not stored. The caller stores deliveries in the policy's
// status; if that is lost, the statement is delivered again under the same key. Threads: one, joined by stop().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/ledger/ledger.hpp"
#include "controllers/reconcile/record/closed_statements.hpp"
#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/base/worker_loop.hpp"
#include "operator/runtime/http/http.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::reconcile {

struct PendingDelivery {
    std::string policy;
    ClosedStatement statement;
    api::Webhook webhook;
};

struct Delivery {
    bool delivered = false;
    Instant at;           // of the last attempt
    std::string message;  // why it is not delivered yet; empty if it is delivered

    bool operator==(const Delivery&) const = default;
};

// By the statement's SHA-256.
using Deliveries = std::map<std::string, Delivery>;

// Makes one attempt to deliver. Has no thread.
class WebhookSender {
  public:
    using Post = std::function<Result<std::string>(const http::HttpPost&)>;

    // `client` reads secrets.
    WebhookSender(std::unique_ptr<ledger::Ledger> ledger, std::shared_ptr<kube::Client> client, Post post)
        : ledger_(std::move(ledger)), client_(std::move(client)), post_(std::move(post)) {}

    // An error unless the statement was delivered. Messages hold neither the secret nor the URL's query.
    Result<void> attempt(const PendingDelivery& delivery, Instant now);

  private:
    Result<std::string> secretOf(const api::SecretKeyRef& reference);

    std::unique_ptr<ledger::Ledger> ledger_;
    std::shared_ptr<kube::Client> client_;
    Post post_;
};

class StatementDelivery {
  public:
    // After each attempt, on our thread, `onChange` is called, and before it, if it is given, `onAttempt` with the
    // policy and whether the statement was delivered. An attempt that throws is one that failed.
    StatementDelivery(WebhookSender sender, const Clock& clock, std::function<void()> onChange,
                      std::function<void(const std::string&, bool)> onAttempt = {}, OnException onException = {});
    ~StatementDelivery();

    // Replaces the statements to deliver. If they differ from the earlier ones, all of them are tried at once.
    void offer(std::vector<PendingDelivery> pending);
    [[nodiscard]] Deliveries snapshot() const;
    void stop();

  private:
    // One turn of the thread: attempts what is due; returns the time until the next attempt is.
    Duration deliverDue(const std::stop_token& stop);
    // True where it is delivered.
    bool deliver(const PendingDelivery& delivery, Attempts& attempts);
    [[nodiscard]] bool isDelivered(const std::string& sha256) const;

    WebhookSender sender_;
    const Clock& clock_;
    const std::function<void()> onChange_;
    const std::function<void(const std::string&, bool)> onAttempt_;
    const OnException onException_;

    // Used by the thread only.
    std::map<std::string, Attempts> attempts_;  // by SHA-256

    mutable Mutex mutex_;
    std::vector<PendingDelivery> pending_ GUARDED_BY(mutex_);
    bool offered_ GUARDED_BY(mutex_) = false;  // others than before, since the last turn
    Deliveries deliveries_ GUARDED_BY(mutex_);

    WorkerLoop loop_;  // last: its thread uses everything above
};

}  // namespace bursar::reconcile
