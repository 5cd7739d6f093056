#include "controllers/ledger/stored_chain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "operator/runtime/base/json_text.hpp"
#include "operator/runtime/base/sha256.hpp"

namespace bursar::ledger {
namespace {

using nlohmann::json;

constexpr std::size_t kHashLength = 64;

}  // namespace

std::string_view toString(ChainKind kind) { return kind == ChainKind::Windows ? "windows" : "metering"; }

json jsonOf(const Link& link) { return {{"seq", link.seq}, {"hash", link.hash}}; }

Link linkOf(const json& object) {
    const json& seq = object.at("seq");
    // get_ref refuses a fraction, which get would cut off.
    return {seq.is_number_unsigned() ? static_cast<std::int64_t>(seq.get_ref<const json::number_unsigned_t&>())
                                     : seq.get_ref<const json::number_integer_t&>(),
            object.at("hash").get<std::string>()};
}

SealedLine sealLine(const json& object) {
    const std::string text = jsonText(object);
    std::string hash = sha256Of(text);
    return {hash + " " + text, std::move(hash)};
}

Result<std::string_view> sealedText(std::string_view line) {
    const auto unusable = [](std::string_view why) { return makeError(ErrorCode::Internal, std::string{why}); };
    if (line.size() <= kHashLength || line[kHashLength] != ' ') return unusable("it does not begin with a hash");
    const std::string_view text = line.substr(kHashLength + 1);
    if (sha256Of(text) != line.substr(0, kHashLength)) {
        return unusable("its content is not what its hash says, so it was changed");
    }
    return text;
}

Result<json> unsealLine(std::string_view line) {
    const auto text = sealedText(line);
    if (!text) return text.error();
    auto object = parseJson(*text);
    if (!object) return makeError(ErrorCode::Internal, object.error().message);
    return object;
}

std::string hashOf(std::string_view line) { return std::string{line.substr(0, kHashLength)}; }

Error brokenRecord(std::int64_t seq, std::string_view why) {
    return makeError(ErrorCode::Internal, fmt::format("record {} is broken: {}", seq, why));
}

Error outOfOrder(std::int64_t seq) {
    return brokenRecord(seq, "it does not follow the record before it, so one is missing or changed");
}

Result<void> checkTip(const Link& tip, const Link& stored) {
    if (tip == stored) return {};
    return brokenRecord(tip.seq + 1, fmt::format("the chain ends at record {}", stored.seq));
}

std::int64_t claimedSeq(std::string_view line, std::int64_t otherwise) {
    const auto object = parseJson(line.substr(std::min(line.find('{'), line.size())));
    const auto seq = json::json_pointer{"/prev/seq"};
    const bool claims = object && object->contains(seq) && (*object)[seq].is_number_integer();
    const std::int64_t before = claims ? (*object)[seq].get<std::int64_t>() : INT64_MAX;
    return before < INT64_MAX ? before + 1 : otherwise;
}

}  // namespace bursar::ledger
