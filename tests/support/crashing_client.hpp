// An API client of a process that dies at a write: before the write, or after it was stored and before the reply.
#pragma once

#include <memory>

#include "operator/runtime/kube/client.hpp"

namespace bursar::testing {

// Forwards to `store` until its budget of writes is used up; from then on every call fails.
class CrashingClient final : public kube::Client {
  public:
    CrashingClient(std::shared_ptr<kube::Client> store, int writes, bool storesTheLast)
        : store_(std::move(store)), writes_(writes), storesTheLast_(storesTheLast) {}

    [[nodiscard]] bool isDead() const { return dead_; }

    Result<kube::Json> get(const kube::Resource& resource, const kube::Key& key) override {
        if (dead_) return gone();
        return store_->get(resource, key);
    }
    Result<kube::ObjectList> list(const kube::Resource& resource, const kube::ListOptions& options) override {
        if (dead_) return gone();
        return store_->list(resource, options);
    }
    Result<kube::Json> create(const kube::Resource& resource, const kube::Json& object) override {
        return write<kube::Json>([&] { return store_->create(resource, object); });
    }
    Result<kube::Json> mergePatch(const kube::Resource& resource, const kube::Key& key, const kube::Json& patch,
                                  const std::string& subresource) override {
        return write<kube::Json>([&] { return store_->mergePatch(resource, key, patch, subresource); });
    }
    Result<kube::Json> apply(const kube::Resource& resource, const kube::Json& object,
                             const kube::ApplyOptions& options) override {
        return write<kube::Json>([&] { return store_->apply(resource, object, options); });
    }
    Result<kube::Json> replace(const kube::Resource& resource, const kube::Json& object,
                               const std::string& subresource) override {
        return write<kube::Json>([&] { return store_->replace(resource, object, subresource); });
    }
    Result<void> remove(const kube::Resource& resource, const kube::Key& key, const std::string& uid,
                        const std::string& resourceVersion) override {
        return write<void>([&] { return store_->remove(resource, key, uid, resourceVersion); });
    }
    Result<void> watch(const kube::Resource&, const kube::WatchOptions&, std::stop_token,
                       const std::function<void(kube::WatchEvent)>&) override {
        return gone();
    }

  private:
    static Error gone() { return makeError(ErrorCode::Unavailable, "the process is gone"); }

    template <typename T, typename Write>
    Result<T> write(Write store) {
        if (dead_) return gone();
        if (writes_-- > 0) return store();
        dead_ = true;
        if (storesTheLast_) (void)store();
        return gone();
    }

    const std::shared_ptr<kube::Client> store_;
    int writes_;
    const bool storesTheLast_;
    bool dead_ = false;
};

}  // namespace bursar::testing
