// Manifests as a repository holds them: what it may leave out, and what it must not hold twice. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::cli {

// A namespace that the files do not hold is taken to carry the labels with which the policy admits its team: they may
// be another repository's affair. `known`: the namespaces the files hold. Answers what would be wrong without that.
struct Assumption {
    const api::TeamQuota* quota = nullptr;
    treasury::Problem problem;
};
std::vector<Assumption> assumeNamespaces(treasury::World& world, const std::set<std::string>& known);

// The error of an object that stands in two places: kubectl applies both, so that the last one stays.
// `what`: `TeamQuota search/quota`.
api::ManifestError givenTwice(const std::string& what, const api::Manifest& here, const api::Manifest& first);

}  // namespace bursar::cli
