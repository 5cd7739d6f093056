// A price table in LiteLLM's JSON form: an object with an entry for each model, prices per token.
//
// Numbers are read from their text as decimals, never as binary floating point. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controllers/api/pricing.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::cli {

// Prices of a million tokens in the table's currency (LiteLLM: USD). Nothing if the table has no price, or none that
// can be used; an explicit 0 is a price.
struct TablePrices {
    std::optional<api::Price> input;
    std::optional<api::Price> cachedInput;
    std::optional<api::Price> output;
};

using PriceTable = std::map<std::string, TablePrices>;

// InvalidArgument if the text is not such a table; the message says where. Skips unknown fields, and the entry
// `sample_spec`, which documents the form.
Result<PriceTable> parsePriceTable(std::string_view text);

// The price of a million tokens, where `text` is the price of one: `1.5e-07` is 0.15. Rounded half to even to a
// billionth, the precision of a policy. Nothing if it is not a decimal, below zero, or a billion or more.
std::optional<api::Price> perMillion(std::string_view text);

}  // namespace bursar::cli
