// Writes statuses by server-side apply, a few at a time; of each object only the newest.
//
// Limits never wait for this: the reconciler hands a status over and goes on, and statuses have a client of their own,
// so that many of them do not use up the requests of the one that writes limits. A failed write is repeated with
// backoff. A status that the server refused is not sent again until it differs in what the server judged
// (withoutTransients). The statuses of objects that are gone are dropped, and so are all when this replica has lost the
// lead. Threads: `workers`, joined by stop().
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/work_queue.hpp"

namespace bursar::reconcile {

inline constexpr const char* kFieldManager = "bursar";

class StatusWriter {
  public:
    // `observer`, of the queue of objects, may be null.
    StatusWriter(std::shared_ptr<kube::Client> client, const Clock& clock, int workers,
                 std::shared_ptr<kube::QueueObserver> observer = {}, OnException onException = {});
    ~StatusWriter();

    // Replaces a status of the same object that waits.
    void submit(const kube::Resource& resource, const kube::Key& key, nlohmann::json status);
    // True while a status of this object waits to be written.
    [[nodiscard]] bool isPending(const kube::Resource& resource, const kube::Key& key) const;
    // Forgets every refusal if there are more than this many, so that those of deleted objects do not pile up.
    void rememberAtMost(std::size_t objects);
    void stop();

  private:
    struct Pending {
        kube::Resource resource;
        kube::Key key;
        nlohmann::json status;
    };
    void work();
    void write(const std::string& id);

    const std::shared_ptr<kube::Client> client_;
    const OnException onException_;
    kube::WorkQueue queue_;

    mutable Mutex mutex_;
    std::map<std::string, Pending> pending_ GUARDED_BY(mutex_);  // by object
    // Statuses the server refused, as withoutTransients() has them, by object.
    std::map<std::string, nlohmann::json> refused_ GUARDED_BY(mutex_);

    std::vector<std::jthread> workers_;  // last: they use everything above
};

}  // namespace bursar::reconcile
