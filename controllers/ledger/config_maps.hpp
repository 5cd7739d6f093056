// Private to this folder: the common parts of the ledger's ConfigMaps.
#pragma once

#include <cstddef>

#include "operator/runtime/kube/resource.hpp"

namespace bursar::ledger {

inline const kube::Resource& configMaps() {
    static const kube::Resource resource{"", "v1", "configmaps", "ConfigMap", true};
    return resource;
}

// The value of `app.kubernetes.io/managed-by`. It differs from the gateways', so that their informers skip the ledger.
inline constexpr const char* kManagedBy = "bursar-ledger";
// Hexadecimal digits of the SHA-256 in the names of parts.
inline constexpr std::size_t kPartHashLength = 12;

}  // namespace bursar::ledger
