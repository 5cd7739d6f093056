// An informer: a local copy of all objects of one resource, kept current by list and watch.
//
// Flow: list (paged), swap the copy in at once, watch with bookmarks from there, resume where a watch ended, list again
// after 410 Gone. Backoff with jitter on errors, the server's Retry-After honoured. Guarantees: one writer (its own
// thread); readers get a snapshot that never changes under them; after `hasSynced` the copy was complete once and never
// becomes empty because of an error. A stream that stays silent beyond the bookmark interval counts as dead.
// Threads: one, started by start(), joined by stop() or the destructor.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::kube {

using Store = std::map<Key, std::shared_ptr<const Json>>;

struct InformerOptions {
    Resource resource;
    std::string ns;
    std::string labelSelector;
    // Called on the informer's thread where it lists again, after the first time.
    std::function<void()> onRelist = {};
    // Whether a modification, from one version to the next, is worth a call of `onChange`; every one where there is
    // none. The store is kept current all the same.
    std::function<bool(const Json& before, const Json& after)> matters = {};
    // A step that throws is one that failed.
    OnException onException = {};
};

// For InformerOptions::matters: false where nothing but the status moved, and what the API server keeps of it
// (resourceVersion, managedFields). Whoever writes statuses itself would else be woken by each of its own writes.
bool changedBeyondStatus(const Json& before, const Json& after);

class Informer {
  public:
    // `onChange` is called on the informer's thread after the store has changed (after a relist once with no key, after
    // each event that matters with its key) and must not block for long.
    Informer(std::shared_ptr<Client> client, InformerOptions options, std::function<void(const Key*)> onChange);
    ~Informer();
    Informer(const Informer&) = delete;
    Informer& operator=(const Informer&) = delete;

    void start();
    void stop();

    // The current copy; cheap, never null, never changes.
    [[nodiscard]] std::shared_ptr<const Store> snapshot() const;
    [[nodiscard]] bool hasSynced() const;
    // What is wrong at the moment (watch cannot be established, forbidden, ...); empty when healthy.
    [[nodiscard]] std::string lastError() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bursar::kube
