#include "operator/cli/prices/price_table.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "controllers/api/rounding.hpp"
#include "controllers/api/tokens.hpp"

namespace bursar::cli {
namespace {

using api::Wide;
using nlohmann::json;

constexpr int kMostDigits = 36;        // of a number: below 2^127
constexpr int kMostResultDigits = 18;  // of a price in billionths
constexpr int kShift = 15;             // from one token to a million, in billionths

// A decimal as written: `digits` · 10^exponent.
struct Decimal {
    Wide digits = 0;
    int count = 0;  // of digits, without zeros in front
    int exponent = 0;
};

std::optional<int> exponentOf(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    int exponent = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    const bool isNumber = failure == std::errc{} && end == text.data() + text.size();
    return isNumber && exponent > -1000 && exponent < 1000 ? std::optional{exponent} : std::nullopt;
}

std::optional<Decimal> parseDecimal(std::string_view text) {
    Decimal decimal;
    const auto e = text.find_first_of("eE");
    if (e != std::string_view::npos) {
        const auto exponent = exponentOf(text.substr(e + 1));
        if (!exponent) return std::nullopt;
        decimal.exponent = *exponent;
    }
    bool any = false;
    bool behindPoint = false;
    for (const char c : text.substr(0, e)) {
        if (c == '.' && !behindPoint) {
            behindPoint = true;
            continue;
        }
        if (c < '0' || c > '9') return std::nullopt;
        any = true;
        if (behindPoint) --decimal.exponent;
        decimal.digits = decimal.digits * 10 + (c - '0');
        if (decimal.digits > 0 && ++decimal.count > kMostDigits) return std::nullopt;
    }
    return any ? std::optional{decimal} : std::nullopt;
}

// value / 10^places, half to even.
std::int64_t roundedOff(Wide value, int places) {
    Wide divisor = 1;
    for (int i = 0; i < places; ++i) divisor *= 10;
    return api::dividedHalfEven(value, divisor);
}

// Reads two levels, models and their fields, and skips deeper ones. Events arrive in the order of the text.
class TableReader final : public nlohmann::json_sax<json> {
  public:
    explicit TableReader(PriceTable& table) : table_(table) {}

    [[nodiscard]] const std::string& problem() const { return problem_; }

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }  // below zero
    bool number_unsigned(number_unsigned_t number) override { return price(std::to_string(number)); }
    bool number_float(number_float_t, const string_t& text) override { return price(text); }
    bool string(string_t& text) override { return price(text); }
    bool binary(binary_t&) override { return value(); }

    bool start_object(std::size_t) override {
        ++depth_;
        if (depth_ == 2 && model_ != kExplanation) table_.try_emplace(model_);
        return true;
    }
    bool end_object() override {
        --depth_;
        return true;
    }
    bool start_array(std::size_t) override {
        if (depth_ < 2) return fail();
        ++depth_;
        return true;
    }
    bool end_array() override {
        --depth_;
        return true;
    }
    bool key(string_t& name) override {
        if (depth_ == 1) model_ = name;
        if (depth_ == 2) field_ = name;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception& error) override {
        problem_ = error.what();
        return false;
    }

  private:
    static constexpr std::string_view kExplanation = "sample_spec";

    bool fail() {
        problem_ = model_.empty() ? "it is not an object by model"
                                  : fmt::format("the entry of model \"{}\" is not an object", model_);
        return false;
    }
    // A value that is not a price is an error outside of a model.
    bool value() { return depth_ >= 2 || fail(); }
    bool price(const std::string& text) {
        if (depth_ != 2) return value();
        if (model_ == kExplanation) return true;
        TablePrices& prices = table_[model_];
        if (field_ == "input_cost_per_token") prices.input = perMillion(text);
        if (field_ == "cache_read_input_token_cost") prices.cachedInput = perMillion(text);
        if (field_ == "output_cost_per_token") prices.output = perMillion(text);
        return true;
    }

    PriceTable& table_;
    int depth_ = 0;
    std::string model_;
    std::string field_;
    std::string problem_;
};

}  // namespace

std::optional<api::Price> perMillion(std::string_view text) {
    const auto decimal = parseDecimal(text);
    if (!decimal) return std::nullopt;
    if (decimal->digits == 0) return api::Price{};
    const int shift = decimal->exponent + kShift;
    if (decimal->count + shift > kMostResultDigits) return std::nullopt;
    if (decimal->count + shift < 0) return api::Price{};
    Wide value = decimal->digits;
    for (int i = 0; i < shift; ++i) value *= 10;
    if (shift < 0) value = roundedOff(value, -shift);
    return api::Price{static_cast<std::int64_t>(value)};
}

Result<PriceTable> parsePriceTable(std::string_view text) {
    PriceTable table;
    TableReader reader{table};
    if (!json::sax_parse(text.begin(), text.end(), &reader)) {
        return makeError(ErrorCode::InvalidArgument, reader.problem());
    }
    if (table.empty()) return makeError(ErrorCode::InvalidArgument, "it holds no model");
    return table;
}

}  // namespace bursar::cli
