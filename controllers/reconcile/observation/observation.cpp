#include "controllers/reconcile/observation/observation.hpp"

#include <algorithm>
#include <tuple>

namespace bursar::reconcile {
namespace {

template <typename T>
const T* findSorted(const std::vector<std::shared_ptr<const T>>& objects, const kube::Key& key) {
    const auto wanted = std::tie(key.ns, key.name);
    const auto found = std::lower_bound(objects.begin(), objects.end(), wanted, [](const auto& object, const auto& of) {
        return std::tie(object->meta.ns, object->meta.name) < of;
    });
    if (found == objects.end() || std::tie((*found)->meta.ns, (*found)->meta.name) != wanted) return nullptr;
    return found->get();
}

template <typename Map>
const typename Map::mapped_type* findIn(const Map& map, const std::string& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

}  // namespace

const api::TeamQuota* Observation::quota(const kube::Key& key) const { return findSorted(world.quotas, key); }

const api::BurstLoan* Observation::loan(const kube::Key& key) const { return findSorted(world.loans, key); }

const usage::PolicyUsage* Observation::usageOf(const std::string& policy) const { return findIn(*usage, policy); }

const PolicyRecord* Observation::recordOf(const std::string& policy) const { return findIn(*record, policy); }

}  // namespace bursar::reconcile
