#include "controllers/treasury/forecasting.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>

#include "controllers/treasury/throttling.hpp"

namespace bursar::treasury {
namespace {

using api::Wide;
using Integer = boost::multiprecision::cpp_int;

// An exact fraction. A period's sums are below 2^71 (9e15 tokens in each of 130,000 minutes), so that its terms, times
// a period's weight, fit 128 bits; sums of several periods' may not.
struct Fraction {
    Wide numerator = 0;
    Wide denominator = 1;  // positive
};

bool hasForecast(const PeriodRecord& record) { return record.windows > 0 && record.forecastSum > 0; }

// e = 100·(F̄ − A)/F̄
Fraction errorOf(const PeriodRecord& record) {
    return {(record.forecastSum - record.actualSum) * 100, record.forecastSum};
}

// The hundredths of percentage points one period adds: its whole error and more, or nothing within tolerance or when
// held down.
Fraction hundredthsOver(const api::ForecastDiscipline& discipline, const PeriodRecord& record) {
    const bool throttled = isThrottled(throttledPercent(record));
    const Fraction error = errorOf(record);
    const Wide beyond = error.numerator - error.denominator * discipline.tolerancePercent;
    if (throttled || beyond <= 0) return {};
    return {error.numerator * 100 + beyond * discipline.severityPercent, error.denominator};
}

Integer toInteger(Wide value) {
    return Integer{static_cast<std::int64_t>(value >> 62)} * (Integer{1} << 62) +
           static_cast<std::int64_t>(value & ((Wide{1} << 62) - 1));
}

// What the closed periods come to, each over weighed by 2^-k, times 2^(lookback - 1) to keep it whole.
class WeightedOvers {
  public:
    explicit WeightedOvers(std::size_t lookback) : lookback_(lookback) { overs_.reserve(lookback); }

    void add(const Fraction& over, std::size_t k) {
        const Wide weight = weightDivisor(lookback_ - 1) / weightDivisor(k);
        weights_ += weight;
        if (over.numerator > 0) overs_.push_back({over.numerator * weight, over.denominator});
    }

    // floor(Σ over·weight / Σ weight / 100). The quotients' fractions come to less than their number together; where
    // that cannot change the answer, which is nearly always, whole quotients do.
    [[nodiscard]] std::int64_t percent() const {
        if (overs_.empty()) return 0;
        Wide least = 0;
        for (const Fraction& over : overs_) least += over.numerator / over.denominator;
        const Wide divisor = weights_ * 100;
        const auto most = least + static_cast<Wide>(overs_.size()) - 1;
        if (least / divisor == most / divisor) return static_cast<std::int64_t>(least / divisor);
        return static_cast<std::int64_t>(exactSum() / toInteger(divisor));
    }

  private:
    // floor(Σ over·weight)
    [[nodiscard]] Integer exactSum() const {
        Integer numerator = 0;
        Integer denominator = 1;
        for (const Fraction& over : overs_) {
            const Integer divisor = toInteger(over.denominator);
            numerator = numerator * divisor + toInteger(over.numerator) * denominator;
            denominator *= divisor;
        }
        return numerator / denominator;
    }

    std::size_t lookback_;
    Wide weights_ = 0;
    std::vector<Fraction> overs_;
};

// One decimal, rounded half away from zero, for people.
std::string oneDecimal(const Fraction& value) {
    if (value.numerator == 0) return "0.0";
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
    return windows <= 0 ? 0 : static_cast<std::int64_t>(std::min<Wide>(sum / windows, INT64_MAX));
}

}  // namespace

std::int64_t meanConsumed(const PeriodRecord& record) { return meanOf(record.actualSum, record.windows); }

std::int64_t meanForecast(const PeriodRecord& record) { return meanOf(record.forecastSum, record.windows); }

int throttledPercent(const PeriodRecord& record) {
    return record.windows == 0 ? 0 : static_cast<int>(Wide{record.refusedWindows} * 100 / record.windows);
}

std::optional<std::int64_t> historyOf(std::span<const PeriodRecord> newestFirst) {
    const auto counted = std::find_if(newestFirst.begin(), newestFirst.end(),
                                      [](const PeriodRecord& record) { return record.windows > 0; });
    if (counted == newestFirst.end()) return std::nullopt;
    return meanConsumed(*counted);
}

Haircut computeHaircut(const api::ForecastDiscipline& discipline, std::span<const PeriodRecord> newestFirst) {
    const auto most = static_cast<std::size_t>(discipline.lookbackPeriods);
    const std::size_t lookback = std::min(newestFirst.size(), most);
    Haircut haircut;
    if (lookback == 0) return haircut;
    haircut.terms.reserve(lookback);
    WeightedOvers overs{lookback};
    for (std::size_t k = 0; k < lookback; ++k) {
        const PeriodRecord& record = newestFirst[k];
        if (!hasForecast(record)) continue;
        const Fraction over = hundredthsOver(discipline, record);
        overs.add(over, k);
        const Wide alone = over.numerator / (over.denominator * 100);
        haircut.terms.push_back({record.period, meanForecast(record), meanConsumed(record), oneDecimal(errorOf(record)),
                                 oneDecimal({over.numerator, over.denominator * 100}), throttledPercent(record),
                                 static_cast<int>(std::min<Wide>(alone, discipline.maxHaircutPercent))});
    }
    haircut.percent = static_cast<int>(std::min<std::int64_t>(overs.percent(), discipline.maxHaircutPercent));
    return haircut;
}

}  // namespace bursar::treasury
