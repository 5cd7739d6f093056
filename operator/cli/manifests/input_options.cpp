#include "operator/cli/manifests/input_options.hpp"

namespace bursar::cli {

void addInputOptions(CLI::App& verb, PlanOptions& options, Connection& connection) {
    verb.add_option("-f,--filename", options.files, "manifests: files, folders, or - for standard input")
        ->allow_extra_args(false)
        ->type_name("FILE");
    verb.add_flag("-R,--recursive", options.recursive, "folders with their subfolders");
    verb.add_option("--history", options.history,
                    "CSV file of closed periods: team,pool,period,forecast,actual,throttledPercent")
        ->type_name("FILE");
    verb.add_option("--ledger-namespace", options.ledger.ns,
                    "of the cluster's record of closed periods: the operator's namespace")
        ->capture_default_str();
    addLedgerStore(verb, options.ledger);
    verb.add_option("--at", options.at, "the time to decide at (default: now)");
    addConnection(verb, connection);
}

}  // namespace bursar::cli
