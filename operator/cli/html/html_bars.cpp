#include "operator/cli/html/html_bars.hpp"

#include <fmt/format.h>

#include "controllers/api/tokens.hpp"

namespace bursar::cli::html {

std::int64_t lengthOf(std::int64_t amount, std::int64_t largest) {
    if (amount <= 0 || largest <= 0) return 0;
    return static_cast<std::int64_t>(static_cast<api::Wide>(amount) * kScale / largest);
}

std::string bar(const std::string& label, const std::string& inside) {
    return fmt::format(
        "<svg class=\"bar\" viewBox=\"0 0 10000 10\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"{}\">{}</svg>",
        label, inside);
}

std::string part(std::string_view fill, std::int64_t from, std::int64_t length) {
    return fmt::format("<rect class=\"{}\" x=\"{}\" width=\"{}\" height=\"10\"/>", fill, from, length);
}

std::string pairBar(const std::string& label, const Stripe& upper, const Stripe& lower) {
    const auto stripe = [](const Stripe& each, int top) {
        return fmt::format("<rect class=\"{}\" y=\"{}\" width=\"{}\" height=\"4.5\"/>", each.fill, top, each.length);
    };
    return bar(label, stripe(upper, 0) + stripe(lower, 5));
}

std::string swatch(std::string_view fill) {
    return fmt::format(
        "<svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{}\" width=\"10\" height=\"10\"/></svg>", fill);
}

std::string legend(const std::vector<LegendEntry>& entries) {
    std::string text = "<ul class=\"legend\" aria-hidden=\"true\">";
    for (const LegendEntry& entry : entries) text += fmt::format("<li>{}{}</li>", swatch(entry.fill), entry.title);
    return text + "</ul>\n";
}

std::string chartRow(const std::string& name, const std::string& drawn, const std::string& cells) {
    return fmt::format("<tr><th scope=\"row\">{}</th><td class=\"drawn\">{}</td>{}</tr>\n", name, drawn, cells);
}

}  // namespace bursar::cli::html
