// Text from outside as valid UTF-8 (RFC 3629), cut between characters. Pure.
//
// Used where bytes come in: answers of servers, files, messages of libraries. Valid text is not changed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bursar {

// Bytes of the character that `text` begins with; 0 if it is empty, or not valid there (cut off, overlong, a surrogate,
// above U+10FFFF).
std::size_t characterLength(std::string_view text);

[[nodiscard]] bool isUtf8(std::string_view text);

// Replaces each byte that belongs to no character by U+FFFD.
std::string toUtf8(std::string text);

// The same, cut after the last character that fits into `most` bytes.
std::string boundedText(std::string_view text, std::size_t most);

}  // namespace bursar
