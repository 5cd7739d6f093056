// The inputs of plan, explain and report: manifests, a base or a cluster, and a history, read into Worlds and decided.
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
    std::string ns;       // kubectl's -n
    ledger::LedgerPlace ledger;
};

struct PlanInputs {
    Instant at{};
    api::ManifestSet manifests;
    ManifestWorld after;  // its sources point into `manifests`
    treasury::Decisions decisions;
    std::optional<treasury::World> before;  // the base, or the cluster
    std::optional<treasury::Decisions> decidedBefore;
    std::vector<api::ManifestError> errors;  // of all inputs, by file and line, without duplicates
    std::vector<std::string> notes;

    [[nodiscard]] Side side() const { return {after.world, decisions}; }
};

// An error (exit code 1) if nothing can be decided: --at is not a time, or the cluster, the --history file or a --base
// file cannot be read. Errors inside manifests are in the answer's `errors`.
Result<PlanInputs> readPlanInputs(const PlanOptions& options, const Surroundings& surroundings);

}  // namespace bursar::cli
