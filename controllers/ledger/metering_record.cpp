#include "controllers/ledger/metering_record.hpp"

#include <fmt/format.h>

#include <simdjson.h>

#include <charconv>

#include "controllers/ledger/record_json.hpp"
#include "controllers/ledger/seq_range.hpp"
#include "controllers/ledger/unusable.hpp"

namespace bursar::ledger {
namespace {

using nlohmann::json;
using Array = simdjson::dom::array;
using Element = simdjson::dom::element;
using Object = simdjson::dom::object;
using treasury::MeteredDay;
using treasury::MeteredModel;
using treasury::MeteredRows;

std::string textOf(Element element) { return std::string{std::string_view{element}}; }

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

void writeUsage(json& object, const MeteredRows& rows) {
    object["models"] = json::array();
    for (const MeteredModel& model : rows.models) object["models"].push_back({model.pool, model.model});
    object["teams"] = json::object();
    for (const MeteredRows::Team& team : rows.teams) {
        std::string numbers;
        for (const MeteredRows::Use& use : team.uses) {
            fmt::format_to(std::back_inserter(numbers), "{}{} {} {} {}", numbers.empty() ? "" : " ", use.model,
                           use.tokens.input.value(), use.tokens.cachedInput.value(), use.tokens.output.value());
        }
        object["teams"][team.name] = {team.costCenter, std::move(numbers)};
    }
}

void readUsage(Element object, MeteredRows& rows) {
    for (const Element model : Array{object["models"]}) {
        rows.models.push_back({textOf(model.at(0)), textOf(model.at(1))});
    }
    const Object teams = object["teams"];
    rows.teams.reserve(teams.size());
    for (const auto [name, entry] : teams) {
        MeteredRows::Team& team = rows.teams.emplace_back();
        team.name = name;
        team.costCenter = textOf(entry.at(0));
        team.uses.reserve(rows.models.size());
        for (Numbers numbers{std::string_view{entry.at(1)}}; !numbers.isAtEnd();) {
            const std::int64_t place = numbers.next();
            if (place >= static_cast<std::int64_t>(rows.models.size())) throw Unusable{"a count is of no model"};
            MeteredRows::Use& use = team.uses.emplace_back();
            use.model = static_cast<std::uint32_t>(place);
            use.tokens.input = api::Tokens{numbers.next()};
            use.tokens.cachedInput = api::Tokens{numbers.next()};
            use.tokens.output = api::Tokens{numbers.next()};
        }
    }
}

void writeRest(json& object, const MeteredDay& day) {
    for (const treasury::MeteringGap& gap : day.gaps) object["gaps"].push_back(asJson(gap));
    for (const treasury::LoanDraw& loan : day.loans) object["loans"].push_back(asJson(loan));
    for (const auto& [pool, use] : day.reserves) {
        object["reserves"][pool] = {use.reserved.value(), use.drawn.value()};
    }
}

// Visits the list of that name, if there is one.
template <typename Visit>
void forEachIn(Element object, std::string_view name, Visit visit) {
    Element list;
    if (object[name].get(list) != simdjson::SUCCESS) return;
    for (const Element entry : Array{list}) visit(entry);
}

void readRest(Element object, MeteredDay& day) {
    forEachIn(object, "gaps", [&](Element gap) {
        day.gaps.push_back({usableInstant(gap["from"]), usableInstant(gap["until"]), textOf(gap["why"])});
    });
    forEachIn(object, "loans", [&](Element loan) {
        day.loans.push_back({textOf(loan["namespace"]), textOf(loan["name"]), textOf(loan["team"]),
                             textOf(loan["pool"]), api::Tokens{std::int64_t{loan["drawn"]}}});
    });
    Element reserves;
    if (object["reserves"].get(reserves) != simdjson::SUCCESS) return;
    for (const auto [pool, use] : Object{reserves}) {
        day.reserves[std::string{pool}] = {api::Tokens{std::int64_t{use.at(0)}}, api::Tokens{std::int64_t{use.at(1)}}};
    }
}

MeteringRecord recordOf(Element object) {
    MeteringRecord record;
    record.policy = textOf(object["policy"]);
    record.prev = {std::int64_t{object["prev"]["seq"]}, textOf(object["prev"]["hash"])};
    if (!isSeq(record.prev.seq)) throw Unusable{"its number is out of range"};
    Element part;
    if (object["begins"].get(part) == simdjson::SUCCESS) {
        record.begins = usableDay(std::string_view{part});
    } else if (object["statement"].get(part) == simdjson::SUCCESS) {
        record.statement = {textOf(part["period"]), textOf(part["sha256"])};
    } else {
        record.day.emplace();
        record.day->rest.day = usableDay(std::string_view{object["day"]});
        readUsage(object, *record.day);
        readRest(object, record.day->rest);
    }
    return record;
}

}  // namespace

SealedLine seal(const MeteringRecord& record) {
    json object = {{"policy", record.policy}, {"prev", jsonOf(record.prev)}};
    if (record.begins) object["begins"] = formatDay(*record.begins);
    if (record.statement) {
        object["statement"] = {{"period", record.statement->period}, {"sha256", record.statement->sha256}};
    }
    if (record.day) {
        object["day"] = formatDay(record.day->rest.day);
        writeUsage(object, *record.day);
        writeRest(object, record.day->rest);
    }
    return sealLine(object);
}

Result<MeteringRecord> unsealMetering(std::string_view line) {
    const auto text = sealedText(line);
    if (!text) return text.error();
    try {
        simdjson::dom::parser parser;
        return recordOf(parser.parse(text->data(), text->size()));
    } catch (const Unusable& problem) {
        return makeError(ErrorCode::Internal, problem.why);
    } catch (const simdjson::simdjson_error& problem) {
        return makeError(ErrorCode::Internal, problem.what());
    }
}

std::vector<MeteredDay> sliced(const MeteredDay& day, std::size_t bytes) {
    // The usual size of a team, and of each of its models.
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
