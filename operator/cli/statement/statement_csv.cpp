#include <fmt/format.h>

#include <iterator>

#include "operator/cli/statement/statement_forms.hpp"
#include "operator/cli/text/csv.hpp"
#include "operator/runtime/base/calendar_day.hpp"

namespace bursar::cli {

using treasury::Statement;
using treasury::StatementLine;

std::string renderCsv(const StatementReport& report) {
    const Statement& statement = report.statement;
    std::string text =
        "policy,period,status,kind,costCenter,team,pool,model,tokenType,from,until,tokens,pricePerMillion,amount,"
        "currency,note\n";
    const std::string head = fmt::format("{},{},{}", csvText(statement.policy), statement.period.toString(),
                                         statement.closed ? "closed" : "draft");
    for (const StatementLine& line : statement.lines) {
        const bool unpriced = line.kind == treasury::LineKind::Usage && !line.price;
        // An unknown amount is empty, not 0.
        fmt::format_to(
            std::back_inserter(text), "{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", head,
            treasury::toString(line.kind), csvText(line.costCenter), csvText(line.team), csvText(line.pool),
            csvText(line.model), line.type ? api::toString(*line.type) : std::string_view{}, formatDay(line.span.start),
            formatDay(line.span.end), line.tokens, line.price ? api::formatPrice(*line.price) : std::string{},
            unpriced ? std::string{} : api::formatMoney(line.amount, statement.digits()), csvText(statement.currency),
            unpriced ? std::string{"no price in the policy: not charged"} : csvText(line.note));
    }
    return text;
}

}  // namespace bursar::cli
