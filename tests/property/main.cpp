#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

// RapidCheck reads its parameters once, at the first property of the process: they are set before any of them runs.
// 10,000 cases a property; a tenth of it under sanitizers, which run some twenty times slower.
int main(int argc, char** argv) {
    const std::string params = "max_success=" + std::to_string(BURSAR_PROPERTY_WORLDS);
    constexpr int kKeepWhatIsSet = 0;
    setenv("RC_PARAMS", params.c_str(), kKeepWhatIsSet);
    return Catch::Session().run(argc, argv);
}
