// Suggestions for misspelt words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bursar::api {

// `; did you mean "burstPercent"?` with the candidate nearest to `word`; empty if none is near.
std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace bursar::api
