#include "operator/runtime/kube/resource.hpp"

namespace bursar::kube {

Key keyOf(const Json& object) {
    const auto metadata = object.find("metadata");
    if (metadata == object.end() || !metadata->is_object()) return {};
    return {metadata->value("namespace", ""), metadata->value("name", "")};
}

}  // namespace bursar::kube
