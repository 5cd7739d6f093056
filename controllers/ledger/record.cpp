#include "controllers/ledger/record.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "controllers/ledger/seq_range.hpp"
#include "controllers/ledger/unusable.hpp"

namespace bursar::ledger {
namespace {

using api::Wide;
using nlohmann::json;
using treasury::PoolTally;
using treasury::Tally;

constexpr std::size_t kMostDigits = 38;  // of a sum: below 2^127

constexpr Level kLevels[] = {Level::Windows, Level::Day, Level::Month};
constexpr api::BudgetWindow kWindows[] = {api::BudgetWindow::Minute, api::BudgetWindow::Hour, api::BudgetWindow::Day};

template <typename E, std::size_t N>
E oneOf(const E (&choices)[N], const std::string& name) {
    for (const E choice : choices) {
        if (toString(choice) == name) return choice;
    }
    throw Unusable{fmt::format("\"{}\" is not known to this version", name)};
}

Wide wideOf(std::string_view digits) {
    if (digits.empty() || digits.size() > kMostDigits) throw Unusable{"a sum has no digits or too many"};
    Wide value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') throw Unusable{"a sum is no number"};
        value = value * 10 + (c - '0');
    }
    return value;
}

std::int64_t countOf(std::string_view digits) {
    const Wide value = wideOf(digits);
    if (value > INT64_MAX) throw Unusable{"a count is out of range"};
    return static_cast<std::int64_t>(value);
}

// `forecast baseline consumed windows refused`: one string, as a ledger is mostly these.
std::string textOf(const Tally& tally) {
    return fmt::format("{} {} {} {} {}", tally.forecast, tally.baseline, tally.consumed, tally.windows,
                       tally.refusedWindows);
}

Tally tallyOf(std::string_view text) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto space = text.find(' ');
        parts.push_back(text.substr(0, space));
        if (space == std::string_view::npos) break;
        text.remove_prefix(space + 1);
    }
    if (parts.size() != 5) throw Unusable{"a tally does not have five numbers"};
    return {wideOf(parts[0]), wideOf(parts[1]), wideOf(parts[2]), countOf(parts[3]), countOf(parts[4])};
}

json jsonOf(const PoolTally& entry) {
    json out = {{"pool", entry.pool},
                {"window", api::toString(entry.window)},
                {"from", formatInstant(entry.span.start)},
                {"until", formatInstant(entry.span.end)}};
    if (entry.gaps > 0) out["gaps"] = std::to_string(entry.gaps);
    for (const auto& [team, tally] : entry.teams) out["teams"][team] = textOf(tally);
    return out;
}

Instant instantOf(const json& object, const char* name) {
    return usableInstant(object.at(name).get_ref<const std::string&>());
}

PoolTally entryOf(const json& object) {
    PoolTally entry;
    entry.pool = object.at("pool").get<std::string>();
    entry.window = oneOf(kWindows, object.at("window").get<std::string>());
    entry.span = {instantOf(object, "from"), instantOf(object, "until")};
    if (object.contains("gaps")) entry.gaps = countOf(object["gaps"].get_ref<const std::string&>());
    if (object.contains("teams")) {
        for (const auto& [team, text] : object["teams"].items()) {
            entry.teams[team] = tallyOf(text.get_ref<const std::string&>());
        }
    }
    return entry;
}

Record recordOf(const json& object) {
    Record record;
    record.policy = object.at("policy").get<std::string>();
    record.prev = linkOf(object.at("prev"));
    if (object.contains("base")) record.base = linkOf(object["base"]);
    if (!isSeq(record.prev.seq)) throw Unusable{"its number is out of range"};
    record.level = oneOf(kLevels, object.at("level").get<std::string>());
    for (const json& entry : object.at("entries")) record.entries.push_back(entryOf(entry));
    if (record.entries.empty()) throw Unusable{"it has no entries"};
    return record;
}

}  // namespace

std::string_view toString(Level level) {
    switch (level) {
        case Level::Windows:
            return "Windows";
        case Level::Day:
            return "Day";
        case Level::Month:
            return "Month";
    }
    return "Windows";
}

Sealed seal(Record record) {
    json object = {{"policy", record.policy}, {"prev", jsonOf(record.prev)}, {"level", toString(record.level)}};
    if (record.base) object["base"] = jsonOf(*record.base);
    for (const PoolTally& entry : record.entries) object["entries"].push_back(jsonOf(entry));
    SealedLine sealed = sealLine(object);
    return {std::move(record), std::move(sealed.line), std::move(sealed.hash)};
}

Result<Sealed> unseal(std::string line) {
    const auto unusable = [](std::string_view why) { return makeError(ErrorCode::Internal, std::string{why}); };
    const auto object = unsealLine(line);
    if (!object) return object.error();
    std::string hash = hashOf(line);
    try {
        return Sealed{recordOf(*object), std::move(line), std::move(hash)};
    } catch (const Unusable& problem) {
        return unusable(problem.why);
    } catch (const json::exception& problem) {
        return unusable(problem.what());
    }
}

}  // namespace bursar::ledger
