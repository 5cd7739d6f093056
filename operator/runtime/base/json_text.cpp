#include "operator/runtime/base/json_text.hpp"

#include <fmt/format.h>

namespace bursar {
namespace {

// `text` need not be JSON.
bool isNestedTooDeep(std::string_view text) {
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted) {
            if (c == '\\') ++at;
            if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kMaxJsonDepth) return true;
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return false;
}

}  // namespace

Result<nlohmann::json> parseJson(std::string_view text, const nlohmann::json::parser_callback_t& keep) {
    if (isNestedTooDeep(text)) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("objects and lists are nested more than {} deep", kMaxJsonDepth));
    }
    try {
        return nlohmann::json::parse(text, keep);
    } catch (const nlohmann::json::exception& problem) {
        return makeError(ErrorCode::InvalidArgument, fmt::format("not JSON: {}", problem.what()));
    }
}

}  // namespace bursar
