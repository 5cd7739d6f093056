// What the API server would say of a manifest, said without one.
#pragma once

#include <string>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"

namespace bursar::api {

// True for the kinds this group has, whatever their version.
bool isBursars(const Manifest& manifest);

// Checks one of Bursar's manifests: kind, served version, metadata, structure, rules; every error, in the order of the
// places. Fills in what the API server would: defaults, and `defaultNamespace` where a namespaced object has none.
// Other manifests are left alone and have no errors. Pure but for the manifest.
std::vector<ManifestError> validateManifest(Manifest& manifest, const std::string& defaultNamespace);

}  // namespace bursar::api
