// The Date header of HTTP. Pure.
#pragma once

#include <optional>
#include <string>

#include "operator/runtime/base/instant.hpp"

namespace bursar::http {

// `Thu, 26 Nov 2026 02:18:49 GMT`, the form that servers must send (RFC 9110 §5.6.7). Empty for any other text.
std::optional<Instant> parseHttpDate(const std::string& text);

}  // namespace bursar::http
