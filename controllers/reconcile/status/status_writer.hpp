// Writes statuses by server-side apply, a few at a time, each object's newest only.
//
// Limits never wait for this: the reconciler hands a status over and goes on, and the client given is not the one that
// writes limits, so that many statuses do not use up its requests. A failed write is repeated with backoff; what the
// server refused is not sent again until it differs in what the server judged (withoutTransients); an object that is
// gone is forgotten, and so is every status when this replica does not lead any more. Threads: `workers`, joined by
// stop().
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/work_queue.hpp"

namespace bursar::reconcile {

inline constexpr const char* kFieldManager = "bursar";

class StatusWriter {
  public:
    // `observer` of the queue of objects may be null.
    StatusWriter(std::shared_ptr<kube::Client> client, const Clock& clock, int workers,
                 std::shared_ptr<kube::QueueObserver> observer = {}, OnException onException = {});
    ~StatusWriter();

    // Replaces what was waiting for the same object.
    void submit(const kube::Resource& resource, const kube::Key& key, nlohmann::json status);
    // True while a status of this object waits to be written.
    [[nodiscard]] bool isPending(const kube::Resource& resource, const kube::Key& key) const;
    // Of more objects than that it is not remembered what was refused: then it is sent once more.
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

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::map<std::string, Pending> pending_;
    std::map<std::string, nlohmann::json>
        refused_;  // what the server said no to, as withoutTransients() has it, by object

    std::vector<std::jthread> workers_;  // last: they use everything above
};

}  // namespace bursar::reconcile
