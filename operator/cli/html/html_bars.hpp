// SVG bars, each beside the numbers it shows. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::cli::html {

// Length of a whole bar; other lengths are parts of it.
inline constexpr std::int64_t kScale = 10'000;

// The length of `amount` if `largest` is the whole bar; 0 for negative amounts.
std::int64_t lengthOf(std::int64_t amount, std::int64_t largest);

// A horizontal bar, kScale wide and 10 high. `label`: the text for screen readers.
std::string bar(const std::string& label, const std::string& inside);
// A rectangle in a bar; `fill` is a class of the style sheet.
std::string part(std::string_view fill, std::int64_t from, std::int64_t length);

// Two bars, one above the other, on one scale.
struct Stripe {
    std::string_view fill;
    std::int64_t length = 0;
};
std::string pairBar(const std::string& label, const Stripe& upper, const Stripe& lower);

// A small square of a fill, for a legend.
std::string swatch(std::string_view fill);

// The meaning of a fill.
struct LegendEntry {
    std::string_view fill;
    std::string_view title;
};
std::string legend(const std::vector<LegendEntry>& entries);

// A row of a chart: its name, a bar, cells with numbers.
std::string chartRow(const std::string& name, const std::string& drawn, const std::string& cells);

}  // namespace bursar::cli::html
