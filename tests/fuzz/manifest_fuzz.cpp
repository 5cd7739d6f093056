// libFuzzer's entry: whatever the bytes are, reading and checking them ends, without a crash and within the bounds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "controllers/api/manifest_validation.hpp"

namespace {

void check(const std::vector<bursar::api::ManifestError>& errors, std::size_t size) {
    for (const auto& error : errors) {
        const bool inText = error.place.line >= 0 && error.place.line <= static_cast<int>(size) + 1;
        if (error.message.empty() || !inText) std::abort();
    }
}

}  // namespace

// Every error says something, of a place that is in the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bursar::api;
    ManifestSet set = parseManifests({reinterpret_cast<const char*>(data), size}, "fuzz");
    check(set.errors, size);
    for (Manifest& manifest : set.manifests) check(validateManifest(manifest, "default"), size);
    return 0;
}
