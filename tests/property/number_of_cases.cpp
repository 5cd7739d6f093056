// RapidCheck reads its parameters once, at the first property of the process: they are set before any of them runs.
#include <cstdlib>
#include <string>

namespace {

// What is set already counts.
[[maybe_unused]] const int kSet = setenv("RC_PARAMS", ("max_success=" + std::to_string(BURSAR_CASES)).c_str(), 0);

}  // namespace
