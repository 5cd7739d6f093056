// The World that manifests describe: as it would be after `kubectl apply -f`.
//
// Pure. Like the API server, it takes no status, creation time or generation from a file.
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
    Instant at{};    // when they are applied: the creation time of new objects
    std::string ns;  // kubectl's -n: objects may name no other namespace; empty: they may name any
    std::string unnamed = kDefaultNamespace;  // without `ns`: the namespace of objects that name none
};

// The manifest of an object, and its fields that have errors.
struct Source {
    const api::Manifest* manifest = nullptr;
    std::vector<std::string> wrongFields;

    // True if an error of this field, or of one above or below it, was reported.
    [[nodiscard]] bool reports(std::string_view field) const;
};

struct ManifestWorld {
    treasury::World world;
    std::map<ObjectKey, Source> sources;  // into the manifests given
    std::vector<api::ManifestError> errors;
    std::vector<std::string> notes;  // assumptions that were made
};

// The objects of `manifests` alone. Objects that are also in `earlier` are older than the others, as if `earlier` had
// been applied first; an edited loan is a new request. A manifest with errors is read as far as possible. Defaults are
// filled in (validateManifest()). `manifests` must outlive the answer.
ManifestWorld readManifestWorld(std::vector<api::Manifest>& manifests, const ReadingRules& rules,
                                const treasury::World* earlier);

// `cluster` after the manifests are applied to it: specs are replaced; creation times, generations and decisions on
// loans are kept. The generation of a loan rises by one if its spec differs, so that it is decided again.
ManifestWorld overlayCluster(const treasury::World& cluster, std::vector<api::Manifest>& manifests,
                             const ReadingRules& rules);

// The problems that decide() found with TeamQuotas and BurstLoans, each at the place of its field. A problem of an
// object without a manifest names the object, and is left out if it is in `before` too: a pull request is not
// responsible for problems that the cluster had before it.
std::vector<api::ManifestError> placeProblems(const ManifestWorld& world, const treasury::Decisions& decisions,
                                              const treasury::Decisions* before);

}  // namespace bursar::cli
