// JSON that somebody else wrote, as a value: bounded, so that no text can exhaust the stack.
//
// The parser itself does not recurse; copying, comparing and printing what it returns do. Pure.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "operator/runtime/base/result.hpp"

namespace bursar {

// Containers within containers. A Kubernetes object with its managed fields has about twenty.
inline constexpr std::size_t kMaxJsonDepth = 100;

// InvalidArgument where `text` is not JSON, or is nested too deep; the message says which, and where. The parser
// calls `keep` for every value and leaves out those for which it returns false; it must not throw.
Result<nlohmann::json> parseJson(std::string_view text, const nlohmann::json::parser_callback_t& keep = nullptr);

}  // namespace bursar
