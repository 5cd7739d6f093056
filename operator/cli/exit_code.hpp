// Which exit code tells of which failure: what the help of every verb says.
#pragma once

#include <string>
#include <vector>

#include "operator/base/result.hpp"

namespace bursar::cli {

// 2 where what was read is wrong, a file or a record (Internal); 1 where it cannot be done: an option is wrong, there is no
// such thing, nothing answers.
int exitCodeOf(const Error& error);

// Wrong usage: nobody said which of the policies, and there is more than one.
Error severalPolicies(const std::vector<std::string>& names);

}  // namespace bursar::cli
