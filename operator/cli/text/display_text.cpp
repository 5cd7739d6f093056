#include "operator/cli/text/display_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace bursar::cli {
namespace {

constexpr std::string_view kReset = "\x1b[0m";

struct Range {
    char32_t first;
    char32_t last;
};

// Drawn over the character before: marks, joiners and variation selectors.
constexpr Range kNoColumn[] = {{0x0300, 0x036F}, {0x0483, 0x0489},  {0x0591, 0x05BD}, {0x0610, 0x061A},
                               {0x064B, 0x065F}, {0x0E34, 0x0E3A},  {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},
                               {0x1DC0, 0x1DFF}, {0x200B, 0x200D},  {0x20D0, 0x20FF}, {0xFE00, 0xFE0F},
                               {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF}};

// East Asian Width W and F of Unicode 15, joined where only unassigned characters lie between.
constexpr Range kTwoColumns[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x2614, 0x2615},   {0x26A1, 0x26A1},  {0x2705, 0x2705},
    {0x274C, 0x274C},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2B50, 0x2B50},   {0x2E80, 0x303E},  {0x3041, 0xA4CF},
    {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},  {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

template <std::size_t N>
bool holds(const Range (&ranges)[N], char32_t character) {
    const auto found = std::lower_bound(std::begin(ranges), std::end(ranges), character,
                                        [](const Range& range, char32_t value) { return range.last < value; });
    return found != std::end(ranges) && found->first <= character;
}

// One unit of text for a terminal: a colour sequence or a character.
struct Glyph {
    std::size_t bytes = 0;
    std::size_t columns = 0;
};

Glyph firstGlyph(std::string_view text) {
    if (text.starts_with("\x1b[")) {
        const std::size_t end = text.find('m');
        return {end == std::string_view::npos ? text.size() : end + 1, 0};
    }
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t bytes = std::min<std::size_t>(lead < 0xC0   ? 1
                                                    : lead < 0xE0 ? 2
                                                    : lead < 0xF0 ? 3
                                                                  : 4,
                                                    text.size());
    char32_t character = lead;
    if (bytes > 1) character = lead & (0x7FU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i)
        character = (character << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    return {bytes, holds(kNoColumn, character) ? 0U : holds(kTwoColumns, character) ? 2U : 1U};
}

}  // namespace

std::size_t displayWidth(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const Glyph glyph = firstGlyph(text);
        width += glyph.columns;
        text.remove_prefix(glyph.bytes);
    }
    return width;
}

std::string cutToWidth(std::string_view text, std::size_t columns) {
    std::size_t kept = 0;
    std::size_t width = 0;
    while (kept < text.size()) {
        const Glyph glyph = firstGlyph(text.substr(kept));
        if (width + glyph.columns > columns) break;
        width += glyph.columns;
        kept += glyph.bytes;
    }
    std::string out{text.substr(0, kept)};
    const std::size_t colour = out.rfind("\x1b[");
    const bool open = colour != std::string::npos && !std::string_view{out}.substr(colour).starts_with(kReset);
    if (open) out += kReset;
    return out;
}

std::string Paint::in(std::string_view code, std::string_view text) const {
    return on_ && !text.empty() ? fmt::format("\x1b[{}m{}{}", code, text, kReset) : std::string{text};
}

std::string bar(std::int64_t part, std::int64_t whole, int cells) {
    // 128 bits: an amount of tokens times the cells may exceed 64 bits.
    __extension__ using Wide = __int128;
    const bool reached = part >= whole && part > 0;
    const auto share = whole > 0 ? static_cast<std::int64_t>(static_cast<Wide>(part) * cells / whole) : 0;
    const std::int64_t filled = reached ? cells : std::clamp<std::int64_t>(share, part > 0 ? 1 : 0, cells);
    std::string text;
    for (std::int64_t i = 0; i < cells; ++i) text += i < filled ? "█" : "░";
    return text;
}

}  // namespace bursar::cli
