#include "operator/cli/text/change_text.hpp"

#include "controllers/api/tokens.hpp"

namespace bursar::cli {

std::string changeText(std::int64_t value) {
    const std::string text = api::formatThousands(value);
    if (value > 0) return "+" + text;
    return value < 0 ? "−" + text.substr(1) : text;
}

std::int64_t percentOfWhole(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<std::int64_t>(static_cast<api::Wide>(part) * 100 / whole) : 0;
}

}  // namespace bursar::cli
