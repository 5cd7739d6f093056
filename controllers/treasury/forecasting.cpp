#include "controllers/treasury/forecasting.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>

namespace bursar::treasury {
namespace {

using api::Wide;
using Integer = boost::multiprecision::cpp_int;

// What one period adds to the haircut, exact: percentage points as a fraction. A period's sums are below 2^71 (9e15
// tokens in each of 130,000 minutes), so that its terms fit 128 bits with 2^14 to spare; sums of periods may not.
struct Fraction {
    Wide numerator = 0;
    Wide denominator = 1;  // positive
};

bool hasForecast(const PeriodRecord& record) { return record.windows > 0 && record.forecastSum > 0; }

// e = 100·(F̄ − A)/F̄
Fraction errorOf(const PeriodRecord& record) {
    return {(record.forecastSum - record.actualSum) * 100, record.forecastSum};
}

// The percentage points one period adds: its whole error and more, or nothing within tolerance or when held down.
Fraction overOf(const api::ForecastDiscipline& discipline, const PeriodRecord& record) {
    const bool heldDown = Wide{record.refusedWindows} * 10 >= record.windows;
    const Fraction error = errorOf(record);
    const Wide beyond = error.numerator - error.denominator * discipline.tolerancePercent;
    if (heldDown || beyond <= 0) return {};
    return {error.numerator * 100 + beyond * discipline.severityPercent, error.denominator * 100};
}

Integer toInteger(Wide value) {
    return Integer{static_cast<std::int64_t>(value >> 62)} * (Integer{1} << 62) +
           static_cast<std::int64_t>(value & ((Wide{1} << 62) - 1));
}

// floor(Σ over·weight / weights) for two or more periods that add something.
Integer floorOfMean(const std::vector<std::pair<Fraction, Wide>>& weighted, Wide weights) {
    Integer numerator = 0;
    Integer denominator = 1;
    for (const auto& [over, weight] : weighted) {
        const Integer divisor = toInteger(over.denominator);
        numerator = numerator * divisor + toInteger(over.numerator) * toInteger(weight) * denominator;
        denominator *= divisor;
    }
    return numerator / (denominator * toInteger(weights));
}

// One decimal, rounded half away from zero, for people.
std::string oneDecimal(const Fraction& value) {
    const bool negative = value.numerator < 0;
    const Wide size = negative ? -value.numerator : value.numerator;
    const Wide rounded = (size * 20 + value.denominator) / (value.denominator * 2);
    const auto tenths = static_cast<std::int64_t>(std::min<Wide>(rounded, INT64_MAX));
    std::string text = negative && tenths != 0 ? "-" : "";
    text += std::to_string(tenths / 10);
    text += '.';
    text += static_cast<char>('0' + tenths % 10);
    return text;
}

std::int64_t meanOf(Wide sum, std::int64_t windows) {
    return static_cast<std::int64_t>(std::min<Wide>(sum / windows, INT64_MAX));
}

}  // namespace

std::optional<std::int64_t> meanConsumed(std::span<const PeriodRecord> newestFirst) {
    const auto counted = std::find_if(newestFirst.begin(), newestFirst.end(),
                                      [](const PeriodRecord& record) { return record.windows > 0; });
    if (counted == newestFirst.end()) return std::nullopt;
    return meanOf(counted->actualSum, counted->windows);
}

Haircut computeHaircut(const api::ForecastDiscipline& discipline, std::span<const PeriodRecord> newestFirst) {
    const auto lookback = std::min<std::size_t>(newestFirst.size(), static_cast<std::size_t>(discipline.lookbackPeriods));
    Haircut haircut;
    haircut.terms.reserve(lookback);
    std::vector<std::pair<Fraction, Wide>> weighted;
    Wide weights = 0;  // Σ 2^-k over the periods there are, times 2^(lookback - 1)
    for (std::size_t k = 0; k < lookback; ++k) {
        const PeriodRecord& record = newestFirst[k];
        if (!hasForecast(record)) continue;
        const Wide weight = Wide{1} << (lookback - 1 - k);
        const Fraction over = overOf(discipline, record);
        weights += weight;
        if (over.numerator > 0) weighted.emplace_back(over, weight);
        haircut.terms.push_back({record.period, meanOf(record.forecastSum, record.windows),
                                 meanOf(record.actualSum, record.windows), oneDecimal(errorOf(record)),
                                 oneDecimal(over), static_cast<int>(Wide{record.refusedWindows} * 100 / record.windows)});
    }
    if (!weighted.empty()) {
        const Integer percent = floorOfMean(weighted, weights);
        haircut.percent = percent > discipline.maxHaircutPercent ? discipline.maxHaircutPercent
                                                                 : static_cast<int>(percent);
    }
    return haircut;
}

}  // namespace bursar::treasury
