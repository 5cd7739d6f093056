#include "controllers/ledger/statement_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "controllers/ledger/record_json.hpp"
#include "controllers/ledger/unusable.hpp"
#include "operator/runtime/base/ascii.hpp"
#include "operator/runtime/base/calendar_day.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::ledger {
namespace {

using nlohmann::json;
using treasury::LineKind;
using treasury::Statement;
using treasury::StatementLine;

constexpr int kVersion = 1;
constexpr LineKind kKinds[] = {LineKind::Usage, LineKind::Correction, LineKind::IdleShare};

std::string ascii(const json& value) { return asciiJsonText(value); }

Instant dayOf(const json& text) { return usableDay(text.get_ref<const std::string&>()); }
Instant instantOf(const json& text) { return usableInstant(text.get_ref<const std::string&>()); }

std::string quoted(const std::string& text) {
    const bool isPlain =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
    return isPlain ? '"' + text + '"' : ascii(json(text));
}

// Keys in order, as everywhere in the body. Formatted directly, because a statement may have a million lines.
void writeLine(std::string& body, const StatementLine& line, int digits) {
    const auto optional = [](const auto& value, auto print) {
        return value ? fmt::format("\"{}\"", print(*value)) : std::string{"null"};
    };
    fmt::format_to(std::back_inserter(body),
                   R"({{"amount":"{}","costCenter":{},"from":"{}","kind":"{}","model":{},"note":{},"pool":{},)"
                   R"("pricePerMillion":{},"team":{},"tokenType":{},"tokens":{},"until":"{}"}})",
                   api::formatMoney(line.amount, digits), quoted(line.costCenter), formatDay(line.span.start),
                   toString(line.kind), quoted(line.model), quoted(line.note), quoted(line.pool),
                   optional(line.price, api::formatPrice), quoted(line.team),
                   optional(line.type, [](api::TokenType type) { return api::toString(type); }), line.tokens,
                   formatDay(line.span.end));
}

// nlohmann would drop a fraction, and wrap a number that is too large.
std::int64_t wholeOf(const json& number) {
    const bool isTooLarge = number.is_number_unsigned() && number.get<std::uint64_t>() > INT64_MAX;
    if (!number.is_number_integer() || isTooLarge) throw Unusable{"a number is not whole, or too large"};
    return number.get<std::int64_t>();
}

std::string currencyOf(const json& text) {
    std::string currency = text.get<std::string>();
    const bool isCode = currency.size() == 3 && std::all_of(currency.begin(), currency.end(), isUppercaseLetter);
    if (!currency.empty() && !isCode) throw Unusable{"its currency is no code of three capital letters"};
    return currency;
}

// Minor units of `12.50`; the inverse of formatMoney.
std::int64_t minorUnitsOf(const std::string& text, int digits) {
    std::string number = text;
    const auto point = number.find('.');
    const std::size_t behind = point == std::string::npos ? 0 : number.size() - point - 1;
    if (behind != static_cast<std::size_t>(digits)) throw Unusable{"an amount has other digits than its currency"};
    if (point != std::string::npos) number.erase(point, 1);
    std::int64_t value = 0;
    const auto [stop, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (failure != std::errc{} || stop != number.data() + number.size()) throw Unusable{"an amount is no number"};
    return value;
}

StatementLine lineOf(const json& object, int digits) {
    StatementLine line;
    const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](LineKind one) {
        return toString(one) == object.at("kind").get_ref<const std::string&>();
    });
    if (kind == std::end(kKinds)) throw Unusable{"a line is of no kind this version knows"};
    line.kind = *kind;
    line.costCenter = object.at("costCenter").get<std::string>();
    line.team = object.at("team").get<std::string>();
    line.pool = object.at("pool").get<std::string>();
    line.model = object.at("model").get<std::string>();
    if (!object.at("tokenType").is_null()) line.type = api::parseTokenType(object["tokenType"].get<std::string>());
    if (line.kind != LineKind::IdleShare && !line.type) throw Unusable{"a line is of no type of token"};
    line.span = {dayOf(object.at("from")), dayOf(object.at("until"))};
    if (line.span.end <= line.span.start) throw Unusable{"a line ends before it begins"};
    line.tokens = wholeOf(object.at("tokens"));
    if (!object.at("pricePerMillion").is_null()) {
        line.price = api::parsePrice(object["pricePerMillion"].get<std::string>());
        if (!line.price) throw Unusable{"a price cannot be read"};
    }
    line.amount = minorUnitsOf(object.at("amount").get<std::string>(), digits);
    line.note = object.at("note").get<std::string>();
    return line;
}

// Everything but the lines, which writeLine() writes one at a time.
json headOf(const Statement& statement) {
    const int digits = statement.digits();
    const treasury::StatementTotal total = totalOf(statement);
    json head = {{"version", kVersion},
                 {"policy", statement.policy},
                 {"period", statement.period.toString()},
                 {"currency", statement.currency},
                 {"closed", statement.closed},
                 {"issuedAt", formatInstant(statement.issuedAt)},
                 {"meteredUntil", formatInstant(statement.meteredUntil)},
                 {"sponsor", statement.sponsor},
                 {"financeContact", statement.financeContact},
                 {"total", {{"amount", api::formatMoney(total.amount, digits)}, {"tokens", total.tokens}}},
                 {"costCenters", json::array()},
                 {"gaps", json::array()},
                 {"forecasts", json::array()},
                 {"loans", json::array()},
                 {"idle", json::array()},
                 {"idleShared", statement.idleShared},
                 {"unpricedModels", statement.unpricedModels}};
    for (const auto& [costCenter, sum] : totalsByCostCenter(statement)) {
        head["costCenters"].push_back(
            {{"costCenter", costCenter}, {"amount", api::formatMoney(sum.amount, digits)}, {"tokens", sum.tokens}});
    }
    for (const treasury::MeteringGap& gap : statement.gaps) head["gaps"].push_back(asJson(gap));
    for (const treasury::ForecastLine& line : statement.forecasts) {
        head["forecasts"].push_back({{"costCenter", line.costCenter},
                                     {"team", line.team},
                                     {"pool", line.pool},
                                     {"forecast", line.forecast},
                                     {"actual", line.actual},
                                     {"windows", line.windows}});
    }
    for (const treasury::LoanDraw& loan : statement.loans) head["loans"].push_back(asJson(loan));
    for (const treasury::IdleReserve& idle : statement.idle) {
        head["idle"].push_back(
            {{"pool", idle.pool},
             {"reserved", idle.reserved},
             {"drawn", idle.drawn},
             {"idle", idle.idle},
             {"amount", idle.amount ? json(api::formatMoney(*idle.amount, digits)) : json(nullptr)}});
    }
    return head;
}

void readHead(const json& object, Statement& statement) {
    if (wholeOf(object.at("version")) != kVersion) throw Unusable{"it is of a version this build does not know"};
    statement.policy = object.at("policy").get<std::string>();
    const auto period = treasury::parsePlanningPeriod(object.at("period").get<std::string>());
    if (!period) throw Unusable{"its period is none"};
    statement.period = *period;
    statement.currency = currencyOf(object.at("currency"));
    statement.closed = object.at("closed").get<bool>();
    statement.issuedAt = instantOf(object.at("issuedAt"));
    statement.meteredUntil = instantOf(object.at("meteredUntil"));
    statement.sponsor = object.at("sponsor").get<std::string>();
    statement.financeContact = object.at("financeContact").get<std::string>();
    statement.idleShared = object.at("idleShared").get<bool>();
    statement.unpricedModels = object.at("unpricedModels").get<std::vector<std::string>>();
}

void readTables(const json& object, Statement& statement) {
    for (const json& gap : object.at("gaps")) {
        statement.gaps.push_back(
            {instantOf(gap.at("from")), instantOf(gap.at("until")), gap.at("why").get<std::string>()});
    }
    for (const json& line : object.at("forecasts")) {
        statement.forecasts.push_back({line.at("costCenter").get<std::string>(), line.at("team").get<std::string>(),
                                       line.at("pool").get<std::string>(), wholeOf(line.at("forecast")),
                                       wholeOf(line.at("actual")), wholeOf(line.at("windows"))});
    }
    for (const json& loan : object.at("loans")) {
        statement.loans.push_back({loan.at("namespace").get<std::string>(), loan.at("name").get<std::string>(),
                                   loan.at("team").get<std::string>(), loan.at("pool").get<std::string>(),
                                   api::Tokens{wholeOf(loan.at("drawn"))}});
    }
    for (const json& idle : object.at("idle")) {
        treasury::IdleReserve reserve{idle.at("pool").get<std::string>(),
                                      wholeOf(idle.at("reserved")),
                                      wholeOf(idle.at("drawn")),
                                      wholeOf(idle.at("idle")),
                                      {}};
        if (!idle.at("amount").is_null()) {
            reserve.amount = minorUnitsOf(idle["amount"].get<std::string>(), statement.digits());
        }
        statement.idle.push_back(std::move(reserve));
    }
    for (const json& line : object.at("lines")) statement.lines.push_back(lineOf(line, statement.digits()));
}

}  // namespace

std::string bodyOf(const Statement& statement) {
    // `lines` comes between `issuedAt` and `loans`.
    std::string body = "{";
    const json head = headOf(statement);
    bool linesDone = false;
    for (const auto& [name, value] : head.items()) {
        if (!linesDone && name > "lines") {
            body += "\"lines\":[";
            for (const StatementLine& line : statement.lines) {
                writeLine(body, line, statement.digits());
                body += ',';
            }
            if (body.back() == ',') body.pop_back();
            body += "],";
            linesDone = true;
        }
        body += fmt::format("\"{}\":{},", name, ascii(value));
    }
    body.back() = '}';
    return body;
}

Result<Statement> statementOf(std::string_view body) {
    const auto unusable = [](std::string_view why) {
        return makeError(ErrorCode::Internal, fmt::format("the statement cannot be used: {}", why));
    };
    const auto object = parseJson(body);
    if (!object) return unusable(object.error().message);
    try {
        Statement statement;
        readHead(*object, statement);
        readTables(*object, statement);
        return statement;
    } catch (const Unusable& problem) {
        return unusable(problem.why);
    } catch (const json::exception& problem) {
        return unusable(problem.what());
    }
}

}  // namespace bursar::ledger
