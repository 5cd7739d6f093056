#include "controllers/api/manifests/text_encoding.hpp"

#include <algorithm>
#include <cstdint>

namespace bursar::api {
namespace {

bool isContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes of a character by its first byte; 0 for a byte that begins no character.
std::size_t widthOf(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first < 0xE0) return 2;
    if (first >= 0xE0 && first < 0xF0) return 3;
    return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

// The character at `at`; nothing if the bytes are not UTF-8 (too short, overlong, a surrogate, above U+10FFFF).
std::optional<std::uint32_t> decode(std::string_view text, std::size_t at, std::size_t width) {
    if (width == 0 || at + width > text.size()) return std::nullopt;
    static constexpr std::uint32_t kFirstMask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    std::uint32_t value = static_cast<unsigned char>(text[at]) & kFirstMask[width];
    for (std::size_t i = 1; i < width; ++i) {
        if (!isContinuation(text[at + i])) return std::nullopt;
        value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    }
    static constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < kLeast[width] || value > 0x10FFFF || surrogate) return std::nullopt;
    return value;
}

bool isAllowed(std::uint32_t c) {
    if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
    if (c < 0xA0) return c < 0x7F || c == 0x85;
    return c != 0xFEFF && c != 0xFFFE && c != 0xFFFF;
}

}  // namespace

std::size_t countCharacters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !isContinuation(c); }));
}

std::size_t offsetOfCharacter(std::string_view text, std::size_t count) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        if (!isContinuation(text[at]) && count-- == 0) break;
    }
    return at;
}

std::optional<std::size_t> findForbiddenText(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t width = widthOf(static_cast<unsigned char>(text[at]));
        const auto character = decode(text, at, width);
        if (!character || !isAllowed(*character)) return at;
        at += width;
    }
    return std::nullopt;
}

}  // namespace bursar::api
