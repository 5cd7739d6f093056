#include "controllers/api/manifests/json_stream.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace bursar::api {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kEscapeLength = 6;  // \ud83d

// The offset after the string that begins at `at`.
std::size_t skipString(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
    }
    return at + 1;
}

// The code unit of the escape at `at`; nothing if there is no escape.
std::optional<std::uint32_t> unitAt(std::string_view text, std::size_t at) {
    const std::string_view escape = text.substr(std::min(at, text.size()), kEscapeLength);
    if (escape.size() < kEscapeLength || escape.substr(0, 2) != "\\u") return std::nullopt;
    std::uint32_t unit = 0;
    const char* end = escape.data() + kEscapeLength;
    const auto [stopped, failure] = std::from_chars(escape.data() + 2, end, unit, 16);
    return failure == std::errc{} && stopped == end ? std::optional{unit} : std::nullopt;
}

}  // namespace

bool looksLikeJson(std::string_view text) {
    const std::size_t brace = text.find_first_not_of(kSpace);
    if (brace == std::string_view::npos || text[brace] != '{') return false;
    const std::size_t next = text.find_first_not_of(kSpace, brace + 1);
    return next != std::string_view::npos && (text[next] == '"' || text[next] == '}');
}

std::vector<std::string_view> splitJsonStream(std::string_view text) {
    std::vector<std::string_view> pieces;
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == '"') {
            at = skipString(text, at);
            continue;
        }
        ++at;
        if (c == '{' || c == '[') ++depth;
        if (c != '}' && c != ']') continue;
        const std::size_t next = text.find_first_not_of(kSpace, at);
        if (--depth == 0 && next != std::string_view::npos && text[next] == '{') {
            pieces.push_back(text.substr(begin, next - begin));
            begin = at = next;
        }
    }
    pieces.push_back(text.substr(begin));
    return pieces;
}

std::optional<std::string> joinSurrogates(std::string_view text) {
    std::string joined;
    std::size_t copied = 0;
    for (std::size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
        const auto high = unitAt(text, at);
        const auto low = unitAt(text, at + kEscapeLength);
        if (!high || !low || *high < 0xD800 || *high > 0xDBFF || *low < 0xDC00 || *low > 0xDFFF) {
            at += 2;  // skips the escaped character, too
            continue;
        }
        joined += text.substr(copied, at - copied);
        joined += fmt::format("\\U{:08X}", 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00));
        copied = at += 2 * kEscapeLength;
    }
    if (copied == 0) return std::nullopt;
    return joined + std::string{text.substr(copied)};
}

}  // namespace bursar::api
