// Untrusted text made safe to show. Pure.
#pragma once

#include <string>
#include <string_view>

namespace bursar::cli {

// The text on one line. Control characters and characters that reorder text become blanks, invalid UTF-8 becomes
// U+FFFD: a manifest must not move the reader's cursor or disguise a number.
std::string printable(std::string_view text);

// The first `most` bytes, then `…` if text was cut.
std::string shortened(std::string_view text, std::size_t most);

// A Markdown code span: links, mentions, HTML and emphasis in it have no effect. With `inTable` a `|` does not end the
// cell.
std::string codeSpan(std::string_view text, bool inTable = false);

}  // namespace bursar::cli
