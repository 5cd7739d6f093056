// UTF-8, the encoding of manifests.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace bursar::api {

// Number of characters (code points) in a valid UTF-8 text. A schema's maxLength counts these.
std::size_t countCharacters(std::string_view text);

// The byte offset of the `count`-th character from 0; the text's size if it has fewer.
std::size_t offsetOfCharacter(std::string_view text, std::size_t count);

// The offset of the first byte that is not UTF-8 or begins a character that YAML forbids: a control other than tab and
// line breaks, or a byte order mark in the middle. Nothing if there is none.
std::optional<std::size_t> findForbiddenText(std::string_view text);

}  // namespace bursar::api
