// The flags by which plan, explain and report are given manifests, and what those verbs need beside their flags.
#pragma once

#include "operator/cli/manifests/plan_inputs.hpp"
#include "operator/cli/verb/grammar.hpp"

namespace bursar::cli {

// -f, -R, --history, --ledger-namespace, --ledger, --at and the connection.
void addInputOptions(CLI::App& verb, PlanOptions& options, Connection& connection);

// Standard input, the time, and the cluster that `connection` leads to.
Surroundings surroundingsOf(const Connection& connection);

}  // namespace bursar::cli
