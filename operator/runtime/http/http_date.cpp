#include "operator/runtime/http/http_date.hpp"

#include <ctime>

namespace bursar::http {

std::optional<Instant> parseHttpDate(const std::string& text) {
    std::tm fields{};
    const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &fields);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return Instant{std::chrono::seconds{::timegm(&fields)}};
}

}  // namespace bursar::http
