// libFuzzer target for published price tables.
#include "operator/cli/prices/price_table.hpp"
#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bursar;
    const auto table = cli::parsePriceTable(testing::textOf(data, size));
    if (!table) {
        testing::require(!table.error().message.empty());
        return 0;
    }
    testing::require(!table->empty());
    for (const auto& [model, prices] : *table) {
        for (const auto& price : {prices.input, prices.cachedInput, prices.output}) {
            testing::require(!price || price->billionths >= 0);
        }
    }
    return 0;
}
