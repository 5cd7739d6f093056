// Text that other people wrote, made safe to show.
#pragma once

#include <string>
#include <string_view>

namespace bursar::cli {

// On one line, without control characters, bytes that are no UTF-8, or characters that reorder the text around them: a
// manifest must not be able to move a reader's cursor or to show a number other than it is.
std::string printable(std::string_view text);

// The first `most` bytes, with `…` where there were more.
std::string shortened(std::string_view text, std::size_t most);

// A Markdown code span, in which no link, mention, HTML or emphasis is read. With `inTable` a `|` does not end the
// cell.
std::string codeSpan(std::string_view text, bool inTable = false);

}  // namespace bursar::cli
