#include "operator/cli/text/change_text.hpp"

#include "controllers/api/tokens.hpp"

namespace bursar::cli {

std::string changeText(std::int64_t value) {
    const std::string text = api::formatThousands(value);
    if (value > 0) return "+" + text;
    return value < 0 ? "−" + text.substr(1) : text;
}

}  // namespace bursar::cli
