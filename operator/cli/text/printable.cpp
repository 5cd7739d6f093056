#include "operator/cli/text/printable.hpp"

#include <algorithm>

#include "operator/runtime/base/utf8.hpp"

namespace bursar::cli {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Control characters of both blocks, line and paragraph separators, and direction marks.
bool isHidden(std::string_view character) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
    if (character.size() == 2) return (byte(0) == 0xC2 && byte(1) < 0xA0) || character == "\u061C";
    if (character.size() != 3 || byte(0) != 0xE2) return false;
    if (byte(1) == 0x80) return (byte(2) >= 0x8B && byte(2) <= 0x8F) || (byte(2) >= 0xA8 && byte(2) <= 0xAE);
    return byte(1) == 0x81 && byte(2) >= 0xA0 && byte(2) <= 0xAF;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = characterLength(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        if (length == 0) {
            out += kReplacement;
        } else if (isHidden(character)) {
            out += ' ';
        } else {
            out += character;
        }
        text.remove_prefix(character.size());
    }
    return out;
}

std::string shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string{text};
    return boundedText(text, most) + "…";
}

std::string codeSpan(std::string_view text, bool inTable) {
    std::string shown = printable(text);
    // Readers split a table into cells before they read code spans, and they differ about `\|`: replace the character.
    if (inTable) std::replace(shown.begin(), shown.end(), '|', '/');
    if (shown.empty()) return "` `";
    std::size_t longest = 0;
    std::size_t run = 0;
    for (const char c : shown) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    // The delimiter must be a run of backticks that is not in the text.
    const std::string fence(longest + 1, '`');
    const bool padded = shown.front() == '`' || shown.back() == '`';
    return fence + (padded ? " " : "") + shown + (padded ? " " : "") + fence;
}

}  // namespace bursar::cli
