// An informer: a local copy of all objects of one resource, kept current by list and watch.
//
// Flow: list (paged), replace the copy at once, watch with bookmarks from there, resume where a watch ended, list again
// after 410 Gone. Errors are followed by a backoff with jitter; Retry-After is honoured. Guarantees: one writer (its
// own thread); a snapshot never changes; once `hasSynced`, the copy has been complete and no error empties it. A stream
// that stays silent beyond the bookmark interval counts as dead. Threads: one, started by start(), joined by stop() or
// the destructor.
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
    // Called on the informer's thread for each list after the first.
    std::function<void()> onRelist = {};
    // Whether `onChange` is called for a modification; null: for every one. The store is kept current in any case.
    std::function<bool(const Json& before, const Json& after)> matters = {};
    // A step that throws counts as failed.
    OnException onException = {};
};

// For InformerOptions::matters: false if only the status changed, with the metadata that every write changes
// (resourceVersion, managedFields). A controller that writes statuses would otherwise be woken by its own writes.
bool changedBeyondStatus(const Json& before, const Json& after);

class Informer {
  public:
    // `onChange` is called on the informer's thread after the store has changed: once with null after a list, and with
    // the key after each event that matters. It must not block for long.
    Informer(std::shared_ptr<Reader> client, InformerOptions options, std::function<void(const Key*)> onChange);
    ~Informer();
    Informer(const Informer&) = delete;
    Informer& operator=(const Informer&) = delete;

    void start();
    void stop();

    // The current copy; cheap, never null, never changes.
    [[nodiscard]] std::shared_ptr<const Store> snapshot() const;
    [[nodiscard]] bool hasSynced() const;
    // The current error (watch cannot be established, forbidden, ...); empty when healthy.
    [[nodiscard]] std::string lastError() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bursar::kube
