// `bursar explain`: the derivation of a team's budget, every term with its numbers.
#pragma once

#include "operator/cli/manifests/plan_inputs.hpp"

namespace bursar::cli {

struct ExplainOptions {
    PlanOptions inputs;             // without files: the cluster
    std::vector<std::string> name;  // `search`, `team search`, `tq quota` or `tq/quota`
    std::string ns;                 // only TeamQuotas of this namespace; empty: of any
    std::string pool;               // empty: every pool
    bool json = false;
};

// Exit code 0; 1 if there is no such team, or the inputs cannot be read; 2 if a manifest or a row of the history is
// invalid, which standard error reports.
Answer runExplain(const ExplainOptions& options, const Surroundings& surroundings);

}  // namespace bursar::cli
