// What `bursar plan` and `bursar explain` decide about: manifests, a base or a cluster, and a history, read into Worlds
// and decided.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/open_ledger.hpp"
#include "operator/cli/manifests/manifest_world.hpp"
#include "operator/cli/manifests/side.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

struct PlanOptions {
    std::vector<std::string> files;
    std::vector<std::string> base;  // empty: none
    bool recursive = false;
    bool live = false;
    std::string history;  // a file; empty: none
    std::string at;       // RFC 3339; empty: now
    std::string ns;       // as kubectl's -n
    ledger::LedgerPlace ledger;
};

struct PlanInputs {
    Instant at{};
    api::ManifestSet manifests;
    ManifestWorld after;  // its sources point into `manifests`
    treasury::Decisions decisions;
    std::optional<treasury::World> before;  // the base, or the cluster
    std::optional<treasury::Decisions> decidedBefore;
    std::vector<api::ManifestError> errors;  // of everything that was read, by file and line, each once
    std::vector<std::string> notes;

    [[nodiscard]] Side side() const { return {after.world, decisions}; }
};

// An error (exit code 1) where there is nothing to decide about: --at is no time, the cluster or a file given with
// --history or --base cannot be read. What is wrong inside of manifests is in the answer's `errors`.
Result<PlanInputs> readPlanInputs(const PlanOptions& options, const Surroundings& surroundings);

}  // namespace bursar::cli
