// A Kubernetes API client on cpprestsdk: the verbs, typed errors, nothing cached. Reader has the verbs that read,
// Writer those that write, Client both: code that must not write takes a Reader.
//
// Thread-safety: every method may be called from any thread. Errors: see ErrorCode; an error from the server carries
// the server's message. A request is retried once if its kept-alive connection turns out to be closed (docs/adr/0008).
// A client with a fence writes only while the fence is open; otherwise Cancelled.
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
    std::string ns;             // empty: all namespaces, or a cluster-scoped resource
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
    bool force = true;        // take over fields that other managers own; normal for a controller
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
    std::chrono::seconds timeout{290};  // after this the server ends the watch
};

struct ClientOptions {
    std::shared_ptr<Fence> fence;             // checked each time a write is sent; null: none
    std::chrono::seconds requestTimeout{30};  // for a whole answer; each page of a list is one
    std::stop_token stop;  // cancels requests, those under way and later ones; a watch has a stop token of its own
};

class Reader {
  public:
    virtual ~Reader() = default;

    virtual Result<Json> get(const Resource& resource, const Key& key) = 0;
    // All pages. If the continue token expires (410), starts over from the first page, once.
    virtual Result<ObjectList> list(const Resource& resource, const ListOptions& options) = 0;
    // Blocks until the server ends the watch, an error occurs, or `stop` is requested; calls `onEvent` on the calling
    // thread for each event in order. Returns without an error if the server ended the watch at its timeout. 410 is
    // ErrorCode::Gone.
    virtual Result<void> watch(const Resource& resource, const WatchOptions& options, std::stop_token stop,
                               const std::function<void(WatchEvent)>& onEvent) = 0;
};

class Writer {
  public:
    virtual ~Writer() = default;

    virtual Result<Json> create(const Resource& resource, const Json& object) = 0;
    // RFC 7386; `subresource` is `status` or empty. A metadata.resourceVersion inside the patch makes it optimistic.
    virtual Result<Json> mergePatch(const Resource& resource, const Key& key, const Json& patch,
                                    const std::string& subresource) = 0;
    // Server-side apply of a whole object (apiVersion, kind, metadata.name, and the fields we own).
    virtual Result<Json> apply(const Resource& resource, const Json& object, const ApplyOptions& options) = 0;
    // PUT with the object's own resourceVersion: Conflict if another writer was faster.
    virtual Result<Json> replace(const Resource& resource, const Json& object, const std::string& subresource) = 0;
    // `uid` and `resourceVersion`, unless empty, are preconditions.
    virtual Result<void> remove(const Resource& resource, const Key& key, const std::string& uid,
                                const std::string& resourceVersion) = 0;
};

class Client : public Reader, public Writer {
  public:
    using Writer::create;
    // InvalidArgument if the files that the configuration names cannot be read or used.
    static Result<std::shared_ptr<Client>> create(Config config, ClientOptions options = {});
};

}  // namespace bursar::kube
