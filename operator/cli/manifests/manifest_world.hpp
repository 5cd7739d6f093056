// A World as manifests describe it: what would be in force after `kubectl apply -f`.
//
// Pure. As the API server does, it takes neither status nor creation time nor generation from a file.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"
#include "operator/cli/manifests/object_key.hpp"

namespace bursar::cli {

// How manifests are read.
struct ReadingRules {
    Instant at{};    // when they are applied: what is new counts as created then
    std::string ns;  // as kubectl's -n: of objects that name none, and no other may be named; empty: `unnamed`, and any
    std::string unnamed = kDefaultNamespace;
};

// Where an object stands, and which of its fields were found wrong there.
struct Source {
    const api::Manifest* manifest = nullptr;
    std::vector<std::string> wrongFields;

    // True for a field that was reported, or one above or below it: the same mistake in other words.
    [[nodiscard]] bool reports(std::string_view field) const;
};

struct ManifestWorld {
    treasury::World world;
    std::map<ObjectKey, Source> sources;  // into the manifests given
    std::vector<api::ManifestError> errors;
    std::vector<std::string> notes;  // what was taken for granted
};

// The objects of `manifests` alone. What `earlier` holds too is older than what is new, as it would be where `earlier`
// had been applied first; an edited loan is a new request. A manifest with errors is read as far as it can be, and
// gets its defaults (validateManifest). `manifests` must outlive the answer.
ManifestWorld readManifestWorld(std::vector<api::Manifest>& manifests, const ReadingRules& rules,
                                const treasury::World* earlier);

// `cluster` after the manifests were applied to it: specs are replaced; creation times, generations and what was
// decided of loans are kept; the generation of a loan rises by one where its spec differs, so that it is decided anew.
ManifestWorld overlayCluster(const treasury::World& cluster, std::vector<api::Manifest>& manifests,
                             const ReadingRules& rules);

// What decide() found wrong with TeamQuotas and BurstLoans, at the place of the field it names. Objects without a
// manifest are named instead, and only where the problem is not in `before`: a pull request does not answer for what
// was wrong in the cluster before it.
std::vector<api::ManifestError> placeProblems(const ManifestWorld& world, const treasury::Decisions& decisions,
                                              const treasury::Decisions* before);

}  // namespace bursar::cli
