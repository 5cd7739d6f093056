// Character classes of ASCII formats, independent of the locale.
#pragma once

namespace bursar {

constexpr bool isDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool isLowercaseLetter(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool isUppercaseLetter(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool isLetter(char c) { return isLowercaseLetter(c) || isUppercaseLetter(c); }

}  // namespace bursar
