#include "operator/cli/manifests/input_options.hpp"

namespace bursar::cli {

void addInputOptions(CLI::App& verb, PlanOptions& options, Connection& connection) {
    verb.add_option("-f,--filename", options.files, "manifests: files, directories, or - for standard input")
        ->allow_extra_args(false)
        ->type_name("FILE");
    verb.add_flag("-R,--recursive", options.recursive, "directories with their subdirectories");
    verb.add_option("--history", options.history,
                    "CSV file of closed periods: team,pool,period,forecast,actual,throttledPercent")
        ->type_name("FILE");
    verb.add_option("--ledger-namespace", options.ledger.ns,
                    "the operator's namespace, where the ledger of closed periods is")
        ->capture_default_str();
    addLedgerStore(verb, options.ledger);
    verb.add_option("--at", options.at, "the time to decide at (default: now)");
    addConnection(verb, connection);
}

}  // namespace bursar::cli
