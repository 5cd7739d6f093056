// Private to this folder: what the ledger's ConfigMaps have in common.
#pragma once

#include <cstddef>

#include "operator/runtime/kube/resource.hpp"

namespace bursar::ledger {

inline const kube::Resource& configMaps() {
    static const kube::Resource resource{"", "v1", "configmaps", "ConfigMap", true};
    return resource;
}

// `app.kubernetes.io/managed-by` is not the gateways' value: their informer need not hold the ledger, nor wake for it.
inline constexpr const char* kManagedBy = "bursar-ledger";
// Of the SHA-256, in hexadecimal digits, that parts have in their names.
inline constexpr std::size_t kPartHashLength = 12;

}  // namespace bursar::ledger
