// Which exit code tells of which failure: what the help of every verb says.
#pragma once

#include <string>
#include <vector>

#include "operator/runtime/base/result.hpp"

namespace bursar::cli {

inline constexpr int kDone = 0;
inline constexpr int kCannotBeDone = 1;  // usage, connection, not found
inline constexpr int kUnusable = 2;      // a manifest, a file or a record is wrong
inline constexpr int kRefused = 3;       // refused or different, or the lead is lost

// kUnusable where what was read is wrong, a file or a record (Internal); kCannotBeDone where an option is wrong, there
// is no such thing, nothing answers.
int exitCodeOf(const Error& error);

// Wrong usage: nobody said which of the policies, and there is more than one.
Error severalPolicies(const std::vector<std::string>& names);

}  // namespace bursar::cli
