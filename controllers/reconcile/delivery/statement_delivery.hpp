// Delivers closed statements to a policy's webhook: signed, at least once, in the background.
//
// Form: the body is the statement's JSON as it is kept, byte for byte. Headers: `Idempotency-Key` (policy, period and
// the statement's SHA-256: the same for every attempt), `X-Bursar-Event: statement.closed`, and where the policy names
// a secret `X-Bursar-Signature: t=<unix seconds>,v1=<hex>`, the HMAC-SHA-256 of `<t>.<body>` with it, so that a
// receiver can refuse what is forged or old. Any 2xx is taken for delivered; everything else is tried again with
// backoff. The secret is read at every attempt and kept nowhere. What is delivered is remembered in the policy's status
// by the caller; where that is lost a statement is delivered again, under the same key. Threads: one, joined by stop().
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/ledger/ledger.hpp"
#include "controllers/reconcile/record/closed_statements.hpp"
#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
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
    std::string message;  // why it is not delivered yet; empty when it is

    bool operator==(const Delivery&) const = default;
};

// By the statement's SHA-256.
using Deliveries = std::map<std::string, Delivery>;

// One attempt, without threads: what the StatementDelivery does, and what tests drive.
class WebhookSender {
  public:
    using Post = std::function<Result<std::string>(const http::HttpPost&)>;

    // `client` reads secrets.
    WebhookSender(std::unique_ptr<ledger::Ledger> ledger, std::shared_ptr<kube::Client> client, Post post)
        : ledger_(std::move(ledger)), client_(std::move(client)), post_(std::move(post)) {}

    // Nothing where it is delivered. Messages hold neither the secret nor the URL's query.
    Result<void> attempt(const PendingDelivery& delivery, Instant now);

  private:
    Result<std::string> secretOf(const api::SecretKeyRef& reference);

    std::unique_ptr<ledger::Ledger> ledger_;
    std::shared_ptr<kube::Client> client_;
    Post post_;
};

class StatementDelivery {
  public:
    // Called on our thread after an attempt: `onChange`, and where it is given `onAttempt`, with the policy and whether
    // it was delivered.
    StatementDelivery(WebhookSender delivering, const Clock& clock, std::function<void()> onChange,
                      std::function<void(const std::string&, bool)> onAttempt = {}, OnException onException = {});
    ~StatementDelivery();

    // Everything that is to be delivered from now on; what is here already goes on as it was.
    void offer(std::vector<PendingDelivery> pending);
    [[nodiscard]] Deliveries snapshot() const;
    void stop();

  private:
    void run(const std::stop_token& stop);
    // Tries what is due; the time until the next is.
    Duration deliverDue(const std::vector<PendingDelivery>& pending, const std::stop_token& stop);

    WebhookSender delivering_;
    const Clock& clock_;
    const std::function<void()> onChange_;
    const std::function<void(const std::string&, bool)> onAttempt_;
    const OnException onException_;

    // Used by the thread only.
    std::map<std::string, Attempts> attempts_;  // by SHA-256

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::vector<PendingDelivery> pending_;
    bool changed_ = false;
    Deliveries deliveries_;

    std::jthread thread_;  // last: it uses everything above
};

}  // namespace bursar::reconcile
