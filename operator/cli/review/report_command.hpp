// `bursar report`: the allocation review of a policy, from a cluster or from files.
#pragma once

#include <string>
#include <vector>

#include "operator/cli/manifests/plan_inputs.hpp"

namespace bursar::cli {

enum class ReportFormat { Html, Markdown, Json };

struct ReportOptions {
    PlanOptions inputs;                   // without files: the cluster
    std::string policy;                   // empty: the only one
    std::string period;                   // whose cost is shown; empty: the last closed, else the draft of the open one
    std::vector<std::string> statements;  // as JSON: the cost where there is no cluster
    bool askUsageSource = true;           // for a draft
    ReportFormat format = ReportFormat::Html;
};

// Exit code 0; 1 where there is nothing to review: a file or the cluster cannot be read, an option is wrong, there is
// no such policy or statement; 2 where a manifest, a row of the history, a statement or the policy itself cannot be
// used. What is wrong in a TeamQuota is told beside the review, and in it.
Answer runReport(const ReportOptions& options, const Surroundings& surroundings);

}  // namespace bursar::cli
