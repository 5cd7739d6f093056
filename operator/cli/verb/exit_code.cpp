#include "operator/cli/verb/exit_code.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bursar::cli {

int exitCodeOf(const Error& error) { return error.code == ErrorCode::Internal ? kUnusable : kCannotBeDone; }

Error severalPolicies(const std::vector<std::string>& names) {
    return makeError(
        ErrorCode::InvalidArgument,
        fmt::format("there are several AllocationPolicies: {}; name one with --policy", fmt::join(names, ", ")));
}

}  // namespace bursar::cli
