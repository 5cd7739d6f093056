#include "operator/runtime/base/json_text.hpp"

#include <fmt/format.h>

#include "operator/runtime/base/utf8.hpp"

namespace bursar {
namespace {

constexpr std::size_t kMostSaid = 500;  // bytes: the parser repeats the text that it stumbled over, however long it is

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
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("not JSON: {}", boundedText(problem.what(), kMostSaid)));
    }
}

std::string jsonText(const nlohmann::json& value, int indent) {
    return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string jsonText(const nlohmann::ordered_json& value, int indent) {
    return value.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string asciiJsonText(const nlohmann::json& value) {
    return value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace bursar
