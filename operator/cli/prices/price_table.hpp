// A price table in the JSON form in which LiteLLM publishes model prices: an object by model, prices per token.
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

// Of a million tokens, in the table's currency (LiteLLM: USD); nothing where the table names none, or none that can be
// used. An explicit 0 is a price.
struct TablePrices {
    std::optional<api::Price> input;
    std::optional<api::Price> cachedInput;
    std::optional<api::Price> output;
};

using PriceTable = std::map<std::string, TablePrices>;

// InvalidArgument where the text is not such a table; the message says where. Fields we do not know, and the entry
// `sample_spec` that explains the form, are passed over.
Result<PriceTable> parsePriceTable(std::string_view text);

// The price of a million tokens for `text`, the price of one: `1.5e-07` is 0.15. Rounded half to even to a billionth,
// as a policy can say no more. Nothing for what is no decimal, below zero, or a billion and more.
std::optional<api::Price> perMillion(std::string_view text);

}  // namespace bursar::cli
