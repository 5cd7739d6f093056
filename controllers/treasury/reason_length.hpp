// The length of a loan's reason. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace bursar::treasury {

// Characters (code points of UTF-8) that show something. Blanks, controls, and characters without a width do not count:
// Unicode's White_Space and Default_Ignorable_Code_Point, and the blank of Braille. A byte that is not UTF-8 counts as
// one character.
std::size_t visibleCharacters(std::string_view text);

}  // namespace bursar::treasury
