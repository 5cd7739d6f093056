// A Kubernetes API client on cpprestsdk: the verbs, typed errors, nothing cached.
//
// Thread-safety: every method may be called from any thread. Errors: see ErrorCode; a call that was refused by the
// server carries the server's message. Writes that can be repeated safely are retried once when a kept-alive
// connection was found closed (docs/adr/0008). A client with a fence writes only while that is open; else Cancelled.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/runtime/base/result.hpp"
#include "operator/runtime/kube/config.hpp"
#include "operator/runtime/kube/fence.hpp"
#include "operator/runtime/kube/resource.hpp"

namespace bursar::kube {

struct ListOptions {
    std::string ns;             // empty: all namespaces (or a cluster-scoped resource)
    std::string labelSelector;  // as kubectl's -l
    std::string fieldSelector;
    int pageSize = 500;
};

struct ObjectList {
    std::vector<Json> items;  // each with apiVersion and kind filled in
    std::string resourceVersion;
};

struct ApplyOptions {
    std::string fieldManager;
    bool force = true;        // take over fields other managers hold; a controller's normal mode
    std::string subresource;  // `status`, or empty
};

struct WatchEvent {
    enum class Type { Added, Modified, Deleted, Bookmark, Error };
    Type type = Type::Error;
    Json object;
};

struct WatchOptions {
    std::string ns;
    std::string labelSelector;
    std::string fieldSelector;
    std::string resourceVersion;
    std::chrono::seconds timeout{290};  // the server ends the watch after this; we ask again
};

struct ClientOptions {
    std::shared_ptr<Fence> fence;  // asked before every write is sent, also before it is sent again; null: none
    std::chrono::seconds requestTimeout{30};  // until the whole answer is there; a page of a list is one
    std::stop_token
        stop;  // nobody waits for an answer any more: Cancelled, also what is asked after it. Watches have their own
};

class Client {
  public:
    // Fails where the configuration's files cannot be read or are not what they should be.
    static Result<std::shared_ptr<Client>> create(Config config, ClientOptions options = {});
    virtual ~Client() = default;

    virtual Result<Json> get(const Resource& resource, const Key& key) = 0;
    // All pages. A continue token that expired (410) begins again from the first page once.
    virtual Result<ObjectList> list(const Resource& resource, const ListOptions& options) = 0;
    virtual Result<Json> create(const Resource& resource, const Json& object) = 0;
    // RFC 7386; `subresource` is `status` or empty. A metadata.resourceVersion inside the patch makes it optimistic.
    virtual Result<Json> mergePatch(const Resource& resource, const Key& key, const Json& patch,
                                    const std::string& subresource) = 0;
    // Server-side apply of a whole object (apiVersion, kind, metadata.name, and the fields we own).
    virtual Result<Json> apply(const Resource& resource, const Json& object, const ApplyOptions& options) = 0;
    // PUT with the object's own resourceVersion: Conflict where somebody else wrote in between.
    virtual Result<Json> replace(const Resource& resource, const Json& object, const std::string& subresource) = 0;
    // `uid` and `resourceVersion`, where not empty, are preconditions.
    virtual Result<void> remove(const Resource& resource, const Key& key, const std::string& uid,
                                const std::string& resourceVersion) = 0;
    // Blocks until the server ends the watch, an error occurs, or `stop` is requested; calls `onEvent` on the calling
    // thread for each event in order. Returns normally when the server ended it at its timeout. 410 is ErrorCode::Gone.
    virtual Result<void> watch(const Resource& resource, const WatchOptions& options, std::stop_token stop,
                               const std::function<void(WatchEvent)>& onEvent) = 0;
};

}  // namespace bursar::kube
