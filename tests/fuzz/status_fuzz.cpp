// libFuzzer target for statuses as a cluster may hold them: the text that is shown from them moves no cursor.
// One JSON object a line.
#include "operator/cli/status/status_report.hpp"
#include "operator/runtime/kube/api_answer.hpp"
#include "tests/fuzz/require.hpp"

using namespace bursar;
using bursar::testing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cli::StatusView view;
    view.at = *parseInstant("2026-11-24T10:00:00Z");
    std::string_view text = testing::textOf(data, size);
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (const auto object = kube::objectOf(text.substr(0, end))) {
            view.policies.push_back(cli::policyLine(*object));
            view.teams.push_back(cli::teamLine(*object));
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    for (const cli::SortBy by : {cli::SortBy::Used, cli::SortBy::Granted, cli::SortBy::Cost, cli::SortBy::Team}) {
        cli::sortTeams(view.teams, by);
    }
    for (const bool wide : {false, true}) {
        for (const char c : cli::renderTable(view, {cli::Paint{}, wide})) {
            require(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
        }
    }
    require(!cli::describe(view).dump().empty());
    return 0;
}
