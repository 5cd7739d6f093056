// Rules for manifests in a repository: objects it may leave out, and objects it must not have twice. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::cli {

// A namespace that is not among the files is assumed to have the labels with which the policy admits its team: they may
// be in another repository.
struct Assumption {
    const api::TeamQuota* quota = nullptr;
    treasury::Problem problem;  // of the TeamQuota without the assumption
};
// Adds the assumed labels to `world`. `known`: the namespaces that are among the files.
std::vector<Assumption> assumeNamespaces(treasury::World& world, const std::set<std::string>& known);

// The error of an object that is given in two places: kubectl applies both, and the last one stays.
// `what`: `TeamQuota search/quota`.
api::ManifestError givenTwice(const std::string& what, const api::Manifest& here, const api::Manifest& first);

}  // namespace bursar::cli
