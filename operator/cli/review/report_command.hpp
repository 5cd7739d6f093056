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
    std::string period;                   // of the cost; empty: the last closed one, else the draft of the open one
    std::vector<std::string> statements;  // JSON files: the cost without a cluster
    bool askUsageSource = true;           // for a draft
    ReportFormat format = ReportFormat::Html;
};

// Exit code 0; 1 if nothing can be reviewed: a file or the cluster cannot be read, an option is wrong, or there is no
// such policy or statement; 2 if a manifest, a row of the history, a statement or the policy itself is invalid. Errors
// in a TeamQuota are on standard error and in the review.
Answer runReport(const ReportOptions& options, const Surroundings& surroundings);

}  // namespace bursar::cli
