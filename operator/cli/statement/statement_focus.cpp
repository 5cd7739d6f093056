#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "controllers/api/tokens.hpp"
#include "operator/cli/statement/statement_forms.hpp"
#include "operator/cli/text/csv.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/runtime/base/json_text.hpp"

// docs/chargeback.md describes each column.
namespace bursar::cli {
namespace {

using treasury::LineKind;
using treasury::Statement;
using treasury::StatementLine;

// Tokens times the price of a million, exactly: FOCUS checks that a cost is price times quantity, and only the billed
// cost is rounded.
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

// `tokens` in millions, with six decimals.
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

// CommitmentDiscountStatus is always null: there are no commitment discounts, but importers need the column.
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

// A row, in the order of kColumns; null is empty.
using Cells = std::array<std::string, std::size(kColumns)>;

// An unknown name does not compile.
consteval std::size_t column(std::string_view name) {
    std::size_t place = 0;
    while (kColumns[place] != name) ++place;
    return place;
}

void putStatement(Cells& cells, const Statement& statement) {
    cells[column("BillingAccountId")] = csvText(statement.policy);
    cells[column("BillingAccountName")] = csvText(statement.policy);
    cells[column("BillingCurrency")] = csvText(statement.currency);
    cells[column("BillingPeriodStart")] = formatInstant(statement.period.span().start);
    cells[column("BillingPeriodEnd")] = formatInstant(statement.period.span().end);
    // A draft is not an invoice.
    if (statement.closed) cells[column("InvoiceId")] = csvText(statement.policy + "/" + statement.period.toString());
    cells[column("InvoiceIssuerName")] = "Bursar";
    cells[column("ProviderName")] = "Bursar";
    cells[column("PublisherName")] = "Bursar";
    cells[column("ServiceCategory")] = "AI and Machine Learning";
    cells[column("ServiceSubcategory")] = "Generative AI";
    cells[column("ServiceName")] = "LLM Tokens";
}

// Payer, team, pool, model.
void putNames(Cells& cells, const StatementLine& line) {
    cells[column("SubAccountId")] = csvText(line.costCenter);
    cells[column("SubAccountName")] = csvText(line.costCenter);
    cells[column("x_CostCenter")] = csvText(line.costCenter);
    cells[column("x_Team")] = csvText(line.team);
    cells[column("x_Pool")] = csvText(line.pool);
    cells[column("x_Model")] = csvText(line.model);
    if (line.type) cells[column("x_TokenType")] = api::toString(*line.type);
    nlohmann::json tags = nlohmann::json::object();
    if (!line.team.empty()) tags["team"] = printable(line.team);
    if (!line.pool.empty()) tags["pool"] = printable(line.pool);
    cells[column("Tags")] = csvText(jsonText(tags));
}

void putUsage(Cells& cells, const StatementLine& line) {
    const api::Price price = line.price.value_or(api::Price{});
    cells[column("ChargeFrequency")] = "Usage-Based";
    cells[column("ListUnitPrice")] = cells[column("ContractedUnitPrice")] = api::formatPrice(price);
    cells[column("ListCost")] = cells[column("ContractedCost")] = exactCost(line.tokens, price);
    cells[column("x_Unpriced")] = line.price ? "false" : "true";
}

void putQuantities(Cells& cells, const StatementLine& line) {
    cells[column("PricingQuantity")] = millions(line.tokens);
    cells[column("PricingUnit")] = "1000000 Tokens";
    cells[column("ConsumedQuantity")] = fmt::format("{}.0", line.tokens);
    cells[column("ConsumedUnit")] = "Tokens";
    cells[column("SkuId")] = csvText(line.model);
    cells[column("SkuMeter")] = meterOf(*line.type);
    cells[column("SkuPriceDetails")] = csvText(jsonText(nlohmann::json{{"x_TokenType", api::toString(*line.type)}}));
    cells[column("SkuPriceId")] = csvText(fmt::format("{}/{}", line.model, api::toString(*line.type)));
}

// `cells` already has the values of putStatement().
void putLine(Cells& cells, const Statement& statement, const StatementLine& line) {
    // Importers recognise decimals by the point, which amounts in yen lack.
    const std::string amount =
        api::formatMoney(line.amount, statement.digits()) + (statement.digits() == 0 ? ".0" : "");
    putNames(cells, line);
    cells[column("BilledCost")] = cells[column("EffectiveCost")] = cells[column("ListCost")] =
        cells[column("ContractedCost")] = amount;
    cells[column("ChargeCategory")] = line.kind == LineKind::IdleShare ? "Adjustment" : "Usage";
    if (line.kind == LineKind::Correction) cells[column("ChargeClass")] = "Correction";
    cells[column("ChargeDescription")] = csvText(descriptionOf(line));
    cells[column("ChargeFrequency")] = "One-Time";
    cells[column("ChargePeriodStart")] = formatInstant(line.span.start);
    cells[column("ChargePeriodEnd")] = formatInstant(line.span.end);
    if (line.kind != LineKind::IdleShare) putQuantities(cells, line);
    if (line.kind == LineKind::Usage) putUsage(cells, line);
}

}  // namespace

std::string renderFocus(const StatementReport& report) {
    std::string text = fmt::format("{}\n", fmt::join(kColumns, ","));
    Cells ofStatement;
    putStatement(ofStatement, report.statement);
    for (const StatementLine& line : report.statement.lines) {
        Cells cells = ofStatement;
        putLine(cells, report.statement, line);
        for (const std::string& cell : cells) {
            text += cell;
            text += ',';
        }
        text.back() = '\n';
    }
    return text;
}

}  // namespace bursar::cli
