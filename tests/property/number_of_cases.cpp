// RapidCheck reads its parameters once, at the first property of the process: they are set before any of them runs.
#include <cstdlib>
#include <string>

namespace {

// 10,000 cases a property; a tenth of it under sanitizers, which run some ten times slower. What is set already counts.
[[maybe_unused]] const int kSet =
    setenv("RC_PARAMS", ("max_success=" + std::to_string(BURSAR_PROPERTY_WORLDS)).c_str(), 0);

}  // namespace
