#include "operator/runtime/http/http_date.hpp"

namespace bursar::http {

std::optional<Instant> parseHttpDate(const std::string& text) {
    std::tm fields{};
    const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &fields);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return instantOf(fields);
}

}  // namespace bursar::http
