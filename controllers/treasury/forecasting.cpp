#include "controllers/treasury/forecasting.hpp"

#include <boost/multiprecision/cpp_int.hpp>

namespace bursar::treasury {
namespace {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

Integer toInteger(api::Wide value) {
    return Integer{static_cast<std::int64_t>(value >> 62)} * (Integer{1} << 62) +
           static_cast<std::int64_t>(value & ((api::Wide{1} << 62) - 1));
}

Integer floorOf(const Rational& value) {
    const Integer n = numerator(value);
    const Integer d = denominator(value);  // always positive
    Integer quotient = n / d;
    if (n < 0 && quotient * d != n) --quotient;
    return quotient;
}

std::string oneDecimal(const Rational& value) {
    const bool negative = value < 0;
    const Integer tenths = floorOf((negative ? Rational{-value} : value) * 10 + Rational{1, 2});
    const Integer whole = tenths / 10;
    const Integer part = tenths % 10;
    return (negative && tenths != 0 ? "-" : "") + whole.str() + "." + part.str();
}

std::int64_t meanOf(api::Wide sum, std::int64_t windows) {
    return windows == 0 ? 0 : static_cast<std::int64_t>(sum / windows);
}

// The percentage points one period adds: its whole error and more, or nothing within tolerance or when held down.
Rational overOf(const api::ForecastDiscipline& discipline, const Rational& error, bool heldDown) {
    if (heldDown || error <= discipline.tolerancePercent) return 0;
    return error + Rational{discipline.severityPercent, 100} * (error - discipline.tolerancePercent);
}

}  // namespace

std::int64_t meanConsumed(const PeriodRecord& record) { return meanOf(record.actualSum, record.windows); }

std::int64_t meanForecast(const PeriodRecord& record) { return meanOf(record.forecastSum, record.windows); }

int throttledPercent(const PeriodRecord& record) {
    return record.windows == 0 ? 0 : static_cast<int>(record.refusedWindows * 100 / record.windows);
}

Haircut computeHaircut(const api::ForecastDiscipline& discipline, std::span<const PeriodRecord> newestFirst) {
    Haircut haircut;
    Rational weighted = 0;
    Rational weights = 0;
    Rational weight = 1;
    int looked = 0;
    for (const PeriodRecord& record : newestFirst) {
        if (looked == discipline.lookbackPeriods) break;
        if (record.windows == 0 || record.forecastSum == 0) continue;
        ++looked;
        const Rational error =
            Rational{toInteger(record.forecastSum - record.actualSum) * 100, toInteger(record.forecastSum)};
        const bool heldDown = record.refusedWindows * 10 >= record.windows;
        const Rational over = overOf(discipline, error, heldDown);
        weighted += over * weight;
        weights += weight;
        weight /= 2;
        haircut.terms.push_back({record.period, meanForecast(record), meanConsumed(record), oneDecimal(error),
                                 oneDecimal(over), throttledPercent(record)});
    }
    if (looked > 0) {
        const Integer percent = floorOf(weighted / weights);
        haircut.percent =
            percent > discipline.maxHaircutPercent ? discipline.maxHaircutPercent : static_cast<int>(percent);
    }
    return haircut;
}

}  // namespace bursar::treasury
