// Validation of manifests with the API server's rules and messages, without an API server.
#pragma once

#include <string>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"

namespace bursar::api {

// True for an object of Bursar's group, in any version.
bool isBursars(const Manifest& manifest);

// Checks the kind, served version, metadata, structure and rules of one of Bursar's manifests. Returns every error, in
// the order of the places. Fills in what the API server would: defaults, and `defaultNamespace` if a namespaced object
// names none. Other manifests stay as they are and have no errors. No side effect but on the manifest.
std::vector<ManifestError> validateManifest(Manifest& manifest, const std::string& defaultNamespace);

}  // namespace bursar::api
