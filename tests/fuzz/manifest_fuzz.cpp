// libFuzzer's entry: whatever the bytes are, reading and checking them ends, without a crash and within the bounds.
#include <vector>

#include "controllers/api/schema/manifest_validation.hpp"
#include "tests/fuzz/require.hpp"

namespace {

void check(const std::vector<bursar::api::ManifestError>& errors, std::size_t size) {
    for (const auto& error : errors) {
        const bool inText = error.place.line >= 0 && error.place.line <= static_cast<int>(size) + 1;
        bursar::testing::require(inText && !error.message.empty());
    }
}

}  // namespace

// Every error says something, of a place that is in the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bursar::api;
    ManifestSet set = parseManifests(bursar::testing::textOf(data, size), "fuzz");
    check(set.errors, size);
    for (Manifest& manifest : set.manifests) check(validateManifest(manifest, "default"), size);
    return 0;
}
