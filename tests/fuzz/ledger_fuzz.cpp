// libFuzzer target for records and statements whose hash is right and whose content is arbitrary: everyone who may
// write ConfigMaps may also hash. What is read of a record is written the same again.
#include "controllers/ledger/chain.hpp"
#include "controllers/ledger/metering_chain.hpp"
#include "controllers/ledger/statement_json.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "tests/fuzz/require.hpp"

using namespace bursar;
using namespace bursar::ledger;
using bursar::testing::require;

namespace {

void readChain(const Link& begin, std::string line) {
    StoredLines stored;
    stored.begin = begin;
    stored.tip = {1, hashOf(line)};
    stored.lines = {std::move(line)};
    if (const auto chain = Chain::parse("main", stored)) require(chain->size() == 1);
    if (const auto chain = MeteringChain::parse("main", stored)) require(chain->size() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{testing::textOf(data, size)};
    const std::string line = sha256Of(text) + " " + text;
    if (const auto sealed = unseal(line)) {
        const Sealed again = seal(sealed->record);
        require(seal(unseal(again.line)->record).line == again.line);
        readChain(sealed->record.prev, again.line);
    }
    if (const auto record = unsealMetering(line)) {
        const SealedLine again = seal(*record);
        require(seal(*unsealMetering(again.line)).line == again.line);
        readChain(record->prev, again.line);
    }
    require(!unseal("0" + line));
    claimedSeq(line, 0);
    readChain({}, line);
    const auto statement = statementOf(text);
    require(statement || !statement.error().message.empty());
    return 0;
}
