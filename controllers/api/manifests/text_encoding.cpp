#include "controllers/api/manifests/text_encoding.hpp"

#include <algorithm>
#include <cstdint>

#include "operator/runtime/base/utf8.hpp"

namespace bursar::api {
namespace {

bool isContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::uint32_t codePointOf(std::string_view character) {
    static constexpr std::uint32_t kFirstMask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    std::uint32_t value = static_cast<unsigned char>(character[0]) & kFirstMask[character.size()];
    for (const char c : character.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3F);
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
        const std::size_t width = characterLength(text.substr(at));
        if (width == 0 || !isAllowed(codePointOf(text.substr(at, width)))) return at;
        at += width;
    }
    return std::nullopt;
}

}  // namespace bursar::api
