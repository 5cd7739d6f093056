// Exit codes, as the help of every verb lists them.
#pragma once

#include <string>
#include <vector>

#include "operator/runtime/base/result.hpp"

namespace bursar::cli {

inline constexpr int kDone = 0;
inline constexpr int kCannotBeDone = 1;  // usage, connection, not found
inline constexpr int kUnusable = 2;      // a manifest, a file or a record is wrong
inline constexpr int kRefused = 3;       // refused or different, or the lead is lost

// kUnusable for Internal: a file or a record that was read is wrong. kCannotBeDone for every other error: an option is
// wrong, an object does not exist, a server does not answer.
int exitCodeOf(const Error& error);

// Wrong usage: there are several policies and no --policy.
Error severalPolicies(const std::vector<std::string>& names);

}  // namespace bursar::cli
