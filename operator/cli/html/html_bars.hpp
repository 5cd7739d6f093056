// Bars of SVG that stand beside their numbers: pictures of text that is there. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::cli::html {

// What a whole bar measures; lengths are parts of it.
inline constexpr std::int64_t kScale = 10'000;

// The length of `amount` where `largest` is the whole bar; a bar of what is owed back has none.
std::int64_t lengthOf(std::int64_t amount, std::int64_t largest);

// A horizontal bar, kScale wide and 10 high. `label`: what it says to those who do not see it.
std::string bar(const std::string& label, const std::string& inside);
// A rectangle in it; `fill` is a class of the style sheet.
std::string part(std::string_view fill, std::int64_t from, std::int64_t length);

// Two bars, one above the other, on one scale.
struct Stripe {
    std::string_view fill;
    std::int64_t length = 0;
};
std::string pairBar(const std::string& label, const Stripe& upper, const Stripe& lower);

// A square of a fill, for what explains it.
std::string swatch(std::string_view fill);

// What the fills mean.
struct LegendEntry {
    std::string_view fill;
    std::string_view title;
};
std::string legend(const std::vector<LegendEntry>& entries);

// A row of a chart: its name, a bar, cells with numbers.
std::string chartRow(const std::string& name, const std::string& drawn, const std::string& cells);

}  // namespace bursar::cli::html
