// JSON that somebody else wrote, as a value, and values as JSON. Pure.
//
// Reading is bounded, so that no text can exhaust the stack: the parser itself does not recurse; copying, comparing and
// writing what it returns do. Writing cannot fail: bytes that are no UTF-8 become U+FFFD, where nlohmann's own dump()
// throws unless it is told otherwise at every call. So this is the only place that calls it, and a test keeps it that
// way.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "operator/runtime/base/result.hpp"

namespace bursar {

// Containers within containers. A Kubernetes object with its managed fields has about twenty.
inline constexpr std::size_t kMaxJsonDepth = 100;

// InvalidArgument where `text` is not JSON, or is nested too deep; the message says which, and where. The parser
// calls `keep` for every value and leaves out those for which it returns false; it must not throw.
Result<nlohmann::json> parseJson(std::string_view text, const nlohmann::json::parser_callback_t& keep = nullptr);

// On one line, or indented by so many spaces a level.
std::string jsonText(const nlohmann::json& value, int indent = -1);
std::string jsonText(const nlohmann::ordered_json& value, int indent = -1);

// On one line, everything beyond ASCII escaped.
std::string asciiJsonText(const nlohmann::json& value);

}  // namespace bursar
