// The flags by which plan, explain and report are given manifests.
#pragma once

#include "operator/cli/manifests/plan_inputs.hpp"
#include "operator/cli/verb/grammar.hpp"

namespace bursar::cli {

// -f, -R, --history, --ledger-namespace, --ledger, --at and the connection.
void addInputOptions(CLI::App& verb, PlanOptions& options, Connection& connection);

}  // namespace bursar::cli
