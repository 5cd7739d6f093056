#include "controllers/ledger/metering_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bursar::ledger {
namespace {

using nlohmann::json;
using treasury::MeteredDay;
using treasury::MeteredModel;
using treasury::MeteredTeam;

// What a line holds and cannot be used; caught where the line is read.
struct Unusable {
    std::string why;
};

std::string dayText(Instant day) { return formatInstant(day).substr(0, 10); }

Instant dayOf(const std::string& text) {
    const auto day = parseInstant(text + "T00:00:00Z");
    if (!day) throw Unusable{fmt::format("\"{}\" is no day", text)};
    return *day;
}

Instant instantOf(const json& text) {
    const auto instant = parseInstant(text.get_ref<const std::string&>());
    if (!instant) throw Unusable{"a time cannot be read"};
    return *instant;
}

// Numbers separated by single spaces.
class Numbers {
  public:
    explicit Numbers(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

    [[nodiscard]] bool isAtEnd() const { return at_ == end_; }
    std::int64_t next() {
        std::int64_t value = 0;
        const auto [stop, failure] = std::from_chars(at_, end_, value);
        if (failure != std::errc{} || value < 0) throw Unusable{"a count is no number"};
        if (stop != end_ && *stop != ' ') throw Unusable{"counts are not separated by spaces"};
        at_ = stop == end_ ? stop : stop + 1;
        return value;
    }

  private:
    const char* at_;
    const char* end_;
};

void writeUsage(json& object, const MeteredDay& day) {
    std::map<MeteredModel, std::size_t> places;
    for (const auto& [name, team] : day.teams) {
        for (const auto& [model, counts] : team.usage) places.try_emplace(model, 0);
    }
    std::size_t next = 0;
    object["models"] = json::array();
    for (auto& [model, place] : places) {
        place = next++;
        object["models"].push_back({model.pool, model.model});
    }
    object["teams"] = json::object();
    for (const auto& [name, team] : day.teams) {
        std::string numbers;
        for (const auto& [model, counts] : team.usage) {
            fmt::format_to(std::back_inserter(numbers), "{}{} {} {} {}", numbers.empty() ? "" : " ", places.at(model),
                           counts.input.value(), counts.cachedInput.value(), counts.output.value());
        }
        object["teams"][name] = {team.costCenter, std::move(numbers)};
    }
}

void readUsage(const json& object, MeteredDay& day) {
    std::vector<MeteredModel> models;
    for (const json& model : object.at("models")) {
        models.push_back({model.at(0).get<std::string>(), model.at(1).get<std::string>()});
    }
    for (const auto& [name, entry] : object.at("teams").items()) {
        MeteredTeam& team = day.teams[name];
        team.costCenter = entry.at(0).get<std::string>();
        for (Numbers numbers{entry.at(1).get_ref<const std::string&>()}; !numbers.isAtEnd();) {
            const auto place = static_cast<std::size_t>(numbers.next());
            if (place >= models.size()) throw Unusable{"a count is of no model"};
            treasury::TokenCounts counts;
            counts.input = api::Tokens{numbers.next()};
            counts.cachedInput = api::Tokens{numbers.next()};
            counts.output = api::Tokens{numbers.next()};
            // In order of the models, so each goes to the end.
            team.usage.emplace_hint(team.usage.end(), models[place], counts);
        }
    }
}

void writeRest(json& object, const MeteredDay& day) {
    for (const treasury::MeteringGap& gap : day.gaps) {
        object["gaps"].push_back(
            {{"from", formatInstant(gap.from)}, {"until", formatInstant(gap.until)}, {"why", gap.why}});
    }
    for (const treasury::LoanDraw& loan : day.loans) {
        object["loans"].push_back({{"namespace", loan.ns},
                                   {"name", loan.name},
                                   {"team", loan.team},
                                   {"pool", loan.pool},
                                   {"drawn", loan.drawn.value()}});
    }
    for (const auto& [pool, use] : day.reserves) {
        object["reserves"][pool] = {use.reserved.value(), use.drawn.value()};
    }
}

// What may be left out.
const json& partOf(const json& object, const char* name) {
    static const json kNone;
    const auto found = object.find(name);
    return found == object.end() ? kNone : *found;
}

void readRest(const json& object, MeteredDay& day) {
    for (const json& gap : partOf(object, "gaps")) {
        day.gaps.push_back({instantOf(gap.at("from")), instantOf(gap.at("until")), gap.at("why").get<std::string>()});
    }
    for (const json& loan : partOf(object, "loans")) {
        day.loans.push_back({loan.at("namespace").get<std::string>(), loan.at("name").get<std::string>(),
                             loan.at("team").get<std::string>(), loan.at("pool").get<std::string>(),
                             api::Tokens{loan.at("drawn").get<std::int64_t>()}});
    }
    for (const auto& [pool, use] : partOf(object, "reserves").items()) {
        day.reserves[pool] = {api::Tokens{use.at(0).get<std::int64_t>()}, api::Tokens{use.at(1).get<std::int64_t>()}};
    }
}

MeteringRecord recordOf(const json& object) {
    MeteringRecord record;
    record.policy = object.at("policy").get<std::string>();
    record.prev = linkOf(object.at("prev"));
    if (object.contains("begins")) {
        record.begins = dayOf(object["begins"].get<std::string>());
    } else if (object.contains("statement")) {
        record.statement = {object["statement"].at("period").get<std::string>(),
                            object["statement"].at("sha256").get<std::string>()};
    } else {
        record.day.emplace();
        record.day->day = dayOf(object.at("day").get<std::string>());
        readUsage(object, *record.day);
        readRest(object, *record.day);
    }
    return record;
}

}  // namespace

SealedLine seal(const MeteringRecord& record) {
    json object = {{"policy", record.policy}, {"prev", jsonOf(record.prev)}};
    if (record.begins) object["begins"] = dayText(*record.begins);
    if (record.statement) {
        object["statement"] = {{"period", record.statement->period}, {"sha256", record.statement->sha256}};
    }
    if (record.day) {
        object["day"] = dayText(record.day->day);
        writeUsage(object, *record.day);
        writeRest(object, *record.day);
    }
    return sealLine(object);
}

Result<MeteringRecord> unsealMetering(std::string_view line) {
    const auto object = unsealLine(line);
    if (!object) return object.error();
    try {
        return recordOf(*object);
    } catch (const Unusable& problem) {
        return makeError(ErrorCode::Internal, problem.why);
    } catch (const json::exception& problem) {
        return makeError(ErrorCode::Internal, problem.what());
    }
}

std::vector<MeteredDay> sliced(const MeteredDay& day, std::size_t bytes) {
    // Of a team and of each of its models, with room for names and numbers of usual length.
    constexpr std::size_t kTeamBytes = 80;
    constexpr std::size_t kModelBytes = 40;
    std::vector<MeteredDay> slices(1);
    slices[0] = {day.day, {}, day.gaps, day.loans, day.reserves};
    std::size_t used = 0;
    for (const auto& [name, team] : day.teams) {
        const std::size_t more = kTeamBytes + kModelBytes * team.usage.size();
        if (used > 0 && used + more > bytes) {
            slices.push_back({day.day, {}, {}, {}, {}});
            used = 0;
        }
        used += more;
        slices.back().teams[name] = team;
    }
    return slices;
}

}  // namespace bursar::ledger
