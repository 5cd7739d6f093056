#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "controllers/api/tokens.hpp"
#include "operator/cli/csv.hpp"
#include "operator/cli/printable.hpp"
#include "operator/cli/statement_report.hpp"

// docs/chargeback.md tells what each column holds, and why.
namespace bursar::cli {
namespace {

using treasury::LineKind;
using treasury::Statement;
using treasury::StatementLine;

// `billionths · tokens` of a price of a million, as it is: FOCUS holds a cost against price times quantity, and only
// what is billed is rounded.
std::string exactCost(std::int64_t tokens, api::Price price) {
    constexpr int kDigits = 15;  // a billionth of a unit, a millionth of a million tokens
    const bool isBelowZero = tokens < 0;
    api::Wide product = static_cast<api::Wide>(tokens) * (isBelowZero ? -price.billionths : price.billionths);
    std::string digits;
    for (; product > 0; product /= 10) digits.insert(0, 1, static_cast<char>('0' + static_cast<int>(product % 10)));
    if (digits.size() <= kDigits) digits.insert(0, kDigits + 1 - digits.size(), '0');
    digits.insert(digits.size() - kDigits, 1, '.');
    const std::size_t least = digits.find('.') + 3;
    digits.resize(std::max(least, digits.find_last_not_of('0') + 1));
    return isBelowZero ? "-" + digits : digits;
}

// Of a million tokens, to the token.
std::string millions(std::int64_t tokens) {
    const std::int64_t whole = tokens / 1'000'000;
    const std::int64_t rest = tokens % 1'000'000;
    return fmt::format("{}{}.{:06}", tokens < 0 && whole == 0 ? "-" : "", whole, rest < 0 ? -rest : rest);
}

std::string_view meterOf(api::TokenType type) {
    switch (type) {
        case api::TokenType::Input:
            return "Input Tokens";
        case api::TokenType::CachedInput:
            return "Cached Input Tokens";
        case api::TokenType::Output:
            return "Output Tokens";
    }
    return {};
}

std::string descriptionOf(const StatementLine& line) {
    if (line.kind != LineKind::Usage) return line.note;
    return fmt::format("{} of {} by team {} from pool {}{}", meterOf(*line.type), line.model, line.team, line.pool,
                       line.price ? "" : ": no price in the policy, not charged");
}

// Of one line by name of its column; a column that is not in it is null.
using Cells = std::map<std::string_view, std::string>;

// Text of whoever named it; null where there is none.
void put(Cells& cells, std::string_view column, const std::string& text) {
    if (!text.empty()) cells[column] = csvText(text);
}

void putStatement(Cells& cells, const Statement& statement) {
    put(cells, "BillingAccountId", statement.policy);
    put(cells, "BillingAccountName", statement.policy);
    put(cells, "BillingCurrency", statement.currency);
    cells["BillingPeriodStart"] = formatInstant(statement.period.span().start);
    cells["BillingPeriodEnd"] = formatInstant(statement.period.span().end);
    // A draft is no invoice.
    if (statement.closed) put(cells, "InvoiceId", statement.policy + "/" + statement.period.toString());
    cells["InvoiceIssuerName"] = "Bursar";
    cells["ProviderName"] = "Bursar";
    cells["PublisherName"] = "Bursar";
    cells["ServiceCategory"] = "AI and Machine Learning";
    cells["ServiceSubcategory"] = "Generative AI";
    cells["ServiceName"] = "LLM Tokens";
}

// Who pays, and for what.
void putNames(Cells& cells, const StatementLine& line) {
    put(cells, "SubAccountId", line.costCenter);
    put(cells, "SubAccountName", line.costCenter);
    put(cells, "x_CostCenter", line.costCenter);
    put(cells, "x_Team", line.team);
    put(cells, "x_Pool", line.pool);
    put(cells, "x_Model", line.model);
    if (line.type) cells["x_TokenType"] = api::toString(*line.type);
    nlohmann::json tags = nlohmann::json::object();
    if (!line.team.empty()) tags["team"] = printable(line.team);
    if (!line.pool.empty()) tags["pool"] = printable(line.pool);
    put(cells, "Tags", tags.dump());
}

void putUsage(Cells& cells, const StatementLine& line) {
    const api::Price price = line.price.value_or(api::Price{});
    cells["ChargeFrequency"] = "Usage-Based";
    cells["ListUnitPrice"] = cells["ContractedUnitPrice"] = api::formatPrice(price);
    cells["ListCost"] = cells["ContractedCost"] = exactCost(line.tokens, price);
    cells["x_Unpriced"] = line.price ? "false" : "true";
}

void putQuantities(Cells& cells, const StatementLine& line) {
    cells["PricingQuantity"] = millions(line.tokens);
    cells["PricingUnit"] = "1000000 Tokens";
    cells["ConsumedQuantity"] = fmt::format("{}.0", line.tokens);
    cells["ConsumedUnit"] = "Tokens";
    put(cells, "SkuId", line.model);
    cells["SkuMeter"] = meterOf(*line.type);
    put(cells, "SkuPriceDetails", nlohmann::json{{"x_TokenType", api::toString(*line.type)}}.dump());
    put(cells, "SkuPriceId", fmt::format("{}/{}", line.model, api::toString(*line.type)));
}

Cells cellsOf(const Statement& statement, const StatementLine& line) {
    Cells cells;
    // Importers tell decimals from whole numbers by the point, which an amount of yen does not have by itself.
    const std::string amount =
        api::formatMoney(line.amount, statement.digits()) + (statement.digits() == 0 ? ".0" : "");
    putStatement(cells, statement);
    putNames(cells, line);
    cells["BilledCost"] = cells["EffectiveCost"] = cells["ListCost"] = cells["ContractedCost"] = amount;
    cells["ChargeCategory"] = line.kind == LineKind::IdleShare ? "Adjustment" : "Usage";
    if (line.kind == LineKind::Correction) cells["ChargeClass"] = "Correction";
    put(cells, "ChargeDescription", descriptionOf(line));
    cells["ChargeFrequency"] = "One-Time";
    cells["ChargePeriodStart"] = formatInstant(line.span.start);
    cells["ChargePeriodEnd"] = formatInstant(line.span.end);
    if (line.kind != LineKind::IdleShare) putQuantities(cells, line);
    if (line.kind == LineKind::Usage) putUsage(cells, line);
    return cells;
}

// CommitmentDiscountStatus is always null: nobody commits to a discount here, but importers ask for the column.
constexpr std::string_view kColumns[] = {"BilledCost",
                                         "BillingAccountId",
                                         "BillingAccountName",
                                         "BillingCurrency",
                                         "BillingPeriodEnd",
                                         "BillingPeriodStart",
                                         "ChargeCategory",
                                         "ChargeClass",
                                         "ChargeDescription",
                                         "ChargeFrequency",
                                         "ChargePeriodEnd",
                                         "ChargePeriodStart",
                                         "CommitmentDiscountStatus",
                                         "ConsumedQuantity",
                                         "ConsumedUnit",
                                         "ContractedCost",
                                         "ContractedUnitPrice",
                                         "EffectiveCost",
                                         "InvoiceId",
                                         "InvoiceIssuerName",
                                         "ListCost",
                                         "ListUnitPrice",
                                         "PricingQuantity",
                                         "PricingUnit",
                                         "ProviderName",
                                         "PublisherName",
                                         "ServiceCategory",
                                         "ServiceName",
                                         "ServiceSubcategory",
                                         "SkuId",
                                         "SkuMeter",
                                         "SkuPriceDetails",
                                         "SkuPriceId",
                                         "SubAccountId",
                                         "SubAccountName",
                                         "Tags",
                                         "x_CostCenter",
                                         "x_Team",
                                         "x_Pool",
                                         "x_Model",
                                         "x_TokenType",
                                         "x_Unpriced"};

}  // namespace

std::string renderFocus(const StatementReport& report) {
    std::string text = fmt::format("{}\n", fmt::join(kColumns, ","));
    for (const StatementLine& line : report.statement.lines) {
        const Cells cells = cellsOf(report.statement, line);
        const char* separator = "";
        for (const std::string_view column : kColumns) {
            text += separator;
            separator = ",";
            const auto found = cells.find(column);
            if (found != cells.end()) text += found->second;
        }
        text += '\n';
    }
    return text;
}

}  // namespace bursar::cli
