// RapidCheck reads its parameters once, at the first property of the process. This sets them before.
#include <cstdlib>
#include <string>

namespace {

// Parameters that are set already win.
[[maybe_unused]] const int kSet = setenv("RC_PARAMS", ("max_success=" + std::to_string(BURSAR_CASES)).c_str(), 0);

}  // namespace
