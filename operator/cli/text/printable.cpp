#include "operator/cli/text/printable.hpp"

#include <algorithm>

namespace bursar::cli {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Bytes of the UTF-8 sequence at the start of `text`; 0 if it is not valid.
std::size_t sequenceLength(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t length = byte(0) < 0x80   ? 1
                               : byte(0) < 0xC2 ? 0
                               : byte(0) < 0xE0 ? 2
                               : byte(0) < 0xF0 ? 3
                               : byte(0) < 0xF5 ? 4
                                                : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    }
    // Overlong, a surrogate, or beyond U+10FFFF.
    if (length == 3 && ((byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F))) return 0;
    if (length == 4 && ((byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F))) return 0;
    return length;
}

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
        const std::size_t length = sequenceLength(text);
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
    // Do not cut within a character: skip back over UTF-8 continuation bytes.
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
    return std::string{text.substr(0, most)} + "…";
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
