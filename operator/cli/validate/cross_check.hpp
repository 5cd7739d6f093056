// Checks manifests together that are valid one by one: references, identities, names given twice.
//
// The rules are the treasury's: decide() runs over a World of the manifests, and its Problems are the errors. A
// repository need not have every object, so a question that the files cannot answer is a note, not an error:
//  - whether a policy exists that is not among the files, unless other policies are; likewise a loan's TeamQuota,
//  unless
//    other TeamQuotas of its namespace are among the files;
//  - which team a namespace speaks for and which policy admits it, unless the Namespace is among the files: its labels
//  may
//    be in another repository. The rest of such a TeamQuota is checked as if the labels were right.
// Loans are not decided here: that depends on the time, and `bursar plan` does it. Pure.
#pragma once

#include <string>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"

namespace bursar::cli {

struct CrossCheck {
    std::vector<api::ManifestError> errors;
    std::vector<api::ManifestError> notes;
};

// A manifest, and whether it is valid by itself. Of an invalid one only the existence counts.
struct CheckedManifest {
    const api::Manifest* manifest = nullptr;
    bool isSound = false;
};

// `complete`: every document of the files could be read.
CrossCheck checkTogether(const std::vector<CheckedManifest>& manifests, bool complete);

}  // namespace bursar::cli
