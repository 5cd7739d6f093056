// `bursar validate`: checks manifests as the API server and the operator would, without either.
#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"
#include "operator/cli/manifests/object_key.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

struct ValidateOptions {
    std::vector<std::string> files;  // as for kubectl's -f
    bool recursive = false;
    bool json = false;
    std::string ns = kDefaultNamespace;  // of namespaced manifests that name none
};

struct Validation {
    std::vector<api::ManifestError> errors;
    std::vector<api::ManifestError> notes;  // questions that the files alone cannot answer
    std::size_t checked = 0;                // manifests of Bursar
    std::size_t passedOver = 0;             // manifests of others
};

// The errors of reading, of each manifest, and of all manifests together. Pure.
Validation validateAll(api::ManifestSet set, const std::string& ns);

// table: errors on standard error, one a line, then a summary; json: on standard output. Exit code 0: valid; 2:
// invalid.
Answer runValidate(const ValidateOptions& options, std::istream& in);

}  // namespace bursar::cli
