// `bursar top`: the status, live.
#pragma once

#include <memory>
#include <stop_token>

#include "operator/cli/status/status_command.hpp"

namespace bursar::cli {

struct TopOptions {
    StatusOptions status;
    std::chrono::milliseconds interval{2000};
    int count = 0;  // tables to print; 0: until stopped
};

// Watches the cluster. On a terminal without a count it redraws a screen on every change, until `q`, Ctrl-C or a stop;
// else it prints a table each interval. Exit code 0; 1 if nothing can be read or there is no such policy.
int runTop(const std::shared_ptr<kube::Client>& client, const TopOptions& options, const std::stop_token& stop);

// The part of a table that fits the screen: `heading`, then lines from `first` on. Pure; `first` is clamped to the
// table.
struct Frame {
    std::vector<std::string> lines;
    std::size_t first = 0;
};
Frame frameOf(const std::string& heading, const std::string& table, std::size_t first, TerminalSize size);

}  // namespace bursar::cli
