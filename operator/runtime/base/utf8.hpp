// Text that others wrote, made into what the rest of Bursar relies on: UTF-8 (RFC 3629), cut between characters. Pure.
//
// Used where bytes come in: answers of servers, files, messages of libraries. What is UTF-8 stays as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bursar {

// Bytes of the character that `text` begins with; 0 where it is empty or its first byte begins none (cut off, longer
// than need be, a surrogate, above U+10FFFF).
std::size_t characterLength(std::string_view text);

[[nodiscard]] bool isUtf8(std::string_view text);

// Each byte that belongs to no character is replaced by U+FFFD.
std::string toUtf8(std::string text);

// The same, and no more than its first characters that fit into `most` bytes.
std::string boundedText(std::string_view text, std::size_t most);

}  // namespace bursar
