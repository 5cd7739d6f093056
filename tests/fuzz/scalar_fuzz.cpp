// libFuzzer target for the small texts in objects and files: quantities, times, spans of time, prices, days, globs.
// What is read is within its bounds, and what is printed of it is read as the same again.
#include "controllers/api/pricing.hpp"
#include "controllers/api/tokens.hpp"
#include "operator/cli/prices/price_table.hpp"
#include "operator/runtime/base/base64.hpp"
#include "operator/runtime/base/calendar_day.hpp"
#include "operator/runtime/base/instant.hpp"
#include "tests/fuzz/require.hpp"

using namespace bursar;
using bursar::testing::require;

namespace {

void readTimes(std::string_view text) {
    if (const auto instant = parseInstant(text)) require(parseInstant(formatMicroInstant(*instant)) == instant);
    if (const auto day = parseDay(text)) require(parseDay(formatDay(*day)) == day);
    if (const auto duration = parseDuration(text)) {
        require(*duration >= Duration{0});
        require(parseDuration(formatDuration(*duration)) == std::chrono::floor<std::chrono::seconds>(*duration));
    }
}

void readAmounts(std::string_view text) {
    const auto quantity = api::parseQuantity(text);
    if (quantity) {
        require(*quantity >= 0 && *quantity <= api::kMaxTokens);
        const std::string printed = std::to_string(*quantity);
        require(*api::parseQuantity(std::string_view{printed}) == *quantity);
    } else {
        require(quantity.error().message.size() < 400);
    }
    if (const auto price = api::parsePrice(text)) {
        require(price->billionths >= 0);
        require(api::parsePrice(api::formatPrice(*price)) == price);
    }
    if (const auto price = cli::perMillion(text)) require(price->billionths >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = testing::textOf(data, size);
    readTimes(text);
    readAmounts(text);
    decodeBase64(std::string{text});
    // A glob is before the first line break, a model behind it.
    const std::size_t cut = text.find('\n');
    const std::string_view model = cut == std::string_view::npos ? text : text.substr(cut + 1);
    api::matchesGlob(text.substr(0, cut), model);
    require(api::matchesGlob("*", model));
    return 0;
}
