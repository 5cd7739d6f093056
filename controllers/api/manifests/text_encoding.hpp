// UTF-8, as the texts of manifests must be written.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace bursar::api {

// Characters (code points) of a valid UTF-8 text: what a schema's maxLength counts.
std::size_t countCharacters(std::string_view text);

// The byte offset of the `count`-th character from 0; the text's size where there are fewer.
std::size_t offsetOfCharacter(std::string_view text, std::size_t count);

// The offset of the first byte that is not UTF-8, or begins a character that YAML forbids (controls but tab and line
// breaks, a byte order mark in the middle).
std::optional<std::size_t> findForbiddenText(std::string_view text);

}  // namespace bursar::api
