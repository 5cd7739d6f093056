#include "operator/cli/simulate/simulate_command.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

using namespace bursar;
using namespace bursar::cli;

namespace {

const std::string kFolder = BURSAR_SIMULATIONS;

std::string contentOf(const std::string& path) {
    std::ifstream in{path};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

Answer runFile(const std::string& name, SimulateFormat format, std::uint64_t seed = 1) {
    std::istringstream nothing;
    return runSimulate({kFolder + "/" + name + ".yaml", format, seed}, nothing);
}

Answer runText(const std::string& text) {
    std::istringstream in{text};
    return runSimulate({"-", SimulateFormat::Table, 1}, in);
}

}  // namespace

TEST_CASE("simulate: the documentation shows what the examples print") {
    const std::string readme = contentOf(kFolder + "/README.md");
    for (const char* name : {"three-teams", "three-teams-season", "hoarders", "strategies"}) {
        INFO(name);
        const Answer answer = runFile(name, SimulateFormat::Table);
        REQUIRE(answer.exitCode == 0);
        CHECK(readme.find(answer.out.substr(answer.out.find("all periods"))) != std::string::npos);
    }
}

TEST_CASE("simulate: the same seed prints the same bytes, in every format") {
    for (const auto format : {SimulateFormat::Table, SimulateFormat::Json, SimulateFormat::Csv}) {
        const std::string once = runFile("strategies", format).out;
        CHECK(once == runFile("strategies", format).out);
        CHECK(once != runFile("strategies", format, 2).out);
    }
}

TEST_CASE("simulate: the columns of JSON and CSV are those of the documentation") {
    const auto out = nlohmann::json::parse(runFile("hoarders", SimulateFormat::Json).out);
    CHECK(out.at("periods").size() == 8);
    const auto& team = out.at("periods").at(1).at("teams").at(0);
    for (const char* name : {"team", "strategy", "need", "forecast", "haircutPercent", "claim", "grant", "bound",
                             "used", "burned", "unmet", "refusedWindows"}) {
        CHECK(team.contains(name));
    }
    const auto& hoarder = out.at("summary").at(2);
    CHECK(hoarder.at("team") == "hoarder-0130");
    CHECK(hoarder.at("twinOf") == "honest");
    CHECK(hoarder.at("lastGrantAgainstTwinPercent") == "7.5");
    CHECK(out.at("summary").at(6).at("usefulAgainstTwinPercent").is_null());
    const std::string csv = runFile("hoarders", SimulateFormat::Csv).out;
    const std::string readme = contentOf(kFolder + "/README.md");
    CHECK(readme.find("`" + csv.substr(0, csv.find('\n')) + "`") != std::string::npos);
    CHECK(std::count(csv.begin(), csv.end(), '\n') == 1 + 8 * 7);
}

TEST_CASE("simulate: errors name file, line, column and field") {
    const std::string start = "apiVersion: bursar.dev/v1alpha1\nkind: Simulation\nspec:\n";
    const Answer answer = runText(start + "  periods: 800\n  teems: []\n  policy: {period: Quarter}\n");
    CHECK(answer.exitCode == 2);
    CHECK(answer.out.empty());
    CHECK(answer.err.find("-:4:3: spec.periods: must be an integer from 1 to 100\n") != std::string::npos);
    CHECK(answer.err.find("-:5:3: spec.teems: is not a field here") != std::string::npos);
    CHECK(runText("kind: [").exitCode == 1);
    CHECK(runText("").exitCode == 1);
    CHECK(runText(start + "---\n" + start).exitCode == 1);
}
