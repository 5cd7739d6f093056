#include "controllers/api/schema/cel/url.hpp"

#include <algorithm>

#include "operator/runtime/base/ascii.hpp"

namespace bursar::api::cel {
namespace {

bool isHex(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Letters, digits and the listed characters. Every % must begin an escape. Bytes above ASCII are accepted.
bool holdsOnly(std::string_view text, std::string_view others) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || !isHex(text[i + 1]) || !isHex(text[i + 2])) return false;
        } else if (static_cast<unsigned char>(c) < 0x80 && !isLetter(c) && !isDigit(c) &&
                   others.find(c) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

// In a host only bytes above ASCII may be escaped.
bool escapesNoAscii(std::string_view host) {
    for (std::size_t i = host.find('%'); i != std::string_view::npos; i = host.find('%', i + 1)) {
        if (host[i + 1] < '8' && host.substr(i, 3) != "%25") return false;
    }
    return true;
}

// Empty, or a colon and digits.
bool isPort(std::string_view text) {
    return text.empty() || (text[0] == ':' && std::all_of(text.begin() + 1, text.end(), isDigit));
}

bool isAuthority(std::string_view authority) {
    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
        if (!holdsOnly(authority.substr(0, at), "-._:~!$&'()*+,;=@")) return false;
        authority.remove_prefix(at + 1);
    }
    if (!authority.empty() && authority[0] == '[') {
        const std::size_t close = authority.rfind(']');
        if (close == std::string_view::npos || !isPort(authority.substr(close + 1))) return false;
    } else if (const std::size_t colon = authority.rfind(':'); colon != std::string_view::npos) {
        if (!isPort(authority.substr(colon))) return false;
    }
    return holdsOnly(authority, "!$&'()*+,;=:[]<>\"-_.~") && escapesNoAscii(authority);
}

// The length of `scheme:`; 0 if there is no scheme; npos for a colon without one.
std::size_t schemeLength(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (isLetter(text[i])) continue;
        if (text[i] == ':') return i == 0 ? std::string_view::npos : i + 1;
        if (i == 0 || (!isDigit(text[i]) && text[i] != '+' && text[i] != '-' && text[i] != '.')) return 0;
    }
    return 0;
}

bool hasValidEscapes(std::string_view text) {
    for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
        if (i + 2 >= text.size() || !isHex(text[i + 1]) || !isHex(text[i + 2])) return false;
    }
    return true;
}

}  // namespace

bool isUrl(std::string_view text) {
    const bool control =
        std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
    if (text.empty() || control) return false;
    if (text == "*") return true;
    const std::size_t scheme = schemeLength(text);
    if (scheme == std::string_view::npos) return false;
    text = text.substr(scheme, text.find('?', scheme) - scheme);
    if (text.empty() || text[0] != '/') return scheme > 0;
    if (scheme > 0 && text.substr(0, 2) == "//") {
        const std::size_t path = std::min(text.find('/', 2), text.size());
        if (!isAuthority(text.substr(2, path - 2))) return false;
        text.remove_prefix(path);
    }
    return hasValidEscapes(text);
}

}  // namespace bursar::api::cel
