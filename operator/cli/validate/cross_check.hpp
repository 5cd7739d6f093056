// What manifests that are sound one by one say together: references, identities, names given twice.
//
// The rules are the treasury's own: decide() runs over a World made of the manifests, and its Problems are the errors.
// A repository need not hold everything, so what the files cannot answer is a note and no error:
//  - a policy that is not among the files, unless other policies are; a loan's TeamQuota likewise, unless the files
//    hold other TeamQuotas of its namespace;
//  - which team a namespace speaks for and which policy admits it, unless the Namespace is among the files: its labels
//    may be another repository's affair. The rest of such a TeamQuota is checked as if the labels were right.
// Loans are not judged here (that depends on the time; `bursar plan` does it). Pure.
#pragma once

#include <string>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"

namespace bursar::cli {

struct CrossCheck {
    std::vector<api::ManifestError> errors;
    std::vector<api::ManifestError> notes;
};

// A manifest, and whether it is sound: valid by itself. Others are only known to be there.
struct CheckedManifest {
    const api::Manifest* manifest = nullptr;
    bool isSound = false;
};

// `complete`: no document of the files was lost to an error.
CrossCheck checkTogether(const std::vector<CheckedManifest>& manifests, bool complete);

}  // namespace bursar::cli
