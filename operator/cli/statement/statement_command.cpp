#include "operator/cli/statement/statement_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "controllers/api/suggestion.hpp"
#include "controllers/ledger/statement_json.hpp"
#include "operator/cli/cost/statement_report.hpp"
#include "operator/cli/statement/statement_forms.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/verb/exit_code.hpp"

namespace bursar::cli {
namespace {

using treasury::Statement;

Answer failed(const Error& error) {
    return {{}, fmt::format("bursar statement: {}\n", printable(error.message)), exitCodeOf(error)};
}

Error unknownCostCenter(const Statement& statement, const std::string& wanted) {
    std::vector<std::string> names;
    for (const auto& [costCenter, total] : totalsByCostCenter(statement)) names.push_back(costCenterTitle(costCenter));
    std::string message = fmt::format("the statement of {} has no cost centre \"{}\"{}", statement.period.toString(),
                                      wanted, api::didYouMean(wanted, names));
    constexpr std::size_t kMostNames = 20;
    const std::size_t more = names.size() - std::min(names.size(), kMostNames);
    names.resize(names.size() - more);
    if (!names.empty()) {
        message += fmt::format("; it has {}{}", fmt::join(names, ", "),
                               more > 0 ? fmt::format(" and {} more", more) : std::string{});
    }
    return makeError(ErrorCode::NotFound, message);
}

Result<StatementReport> reportOf(FoundStatement& found, const std::optional<std::string>& costCenter) {
    if (!costCenter) return StatementReport{std::move(found.statement), costCenter, std::move(found.earlier)};
    StatementReport report;
    report.costCenter = costCenter;
    auto part = partOf(found.statement, *costCenter);
    if (!part) return unknownCostCenter(found.statement, *costCenter);
    report.statement = std::move(*part);
    for (const Statement& earlier : found.earlier) {
        if (auto before = partOf(earlier, *costCenter)) report.earlier.push_back(std::move(*before));
    }
    return report;
}

Result<std::string> render(const StatementReport& report, StatementFormat format) {
    switch (format) {
        case StatementFormat::Table:
            return renderTable(report);
        case StatementFormat::Markdown:
            return renderMarkdown(report);
        case StatementFormat::Csv:
            return renderCsv(report);
        case StatementFormat::Focus:
            if (!report.statement.currency.empty()) return renderFocus(report);
            return makeError(ErrorCode::InvalidArgument,
                             "FOCUS needs a currency, and the policy had no prices; take -o csv, or give it `pricing`");
        case StatementFormat::Html:
            return renderHtml(report);
        case StatementFormat::Json:
            return ledger::bodyOf(report.statement);
    }
    return std::string{};
}

Answer answerOf(Result<FoundStatement> found, const StatementOptions& options) {
    if (!found) return failed(found.error());
    Answer answer;
    for (const std::string& note : found->notes) answer.err += fmt::format("bursar statement: {}\n", printable(note));
    // The stored bytes, so that their SHA-256 can be checked.
    if (options.format == StatementFormat::Json && !options.costCenter) {
        answer.out = std::move(found->body);
        return answer;
    }
    const auto report = reportOf(*found, options.costCenter);
    if (!report) return failed(report.error());
    auto text = render(*report, options.format);
    if (!text) return failed(text.error());
    answer.out = std::move(*text);
    return answer;
}

}  // namespace

Answer runStatement(const StatementOptions& options, const StatementSources& sources) {
    if (!options.list) {
        StatementQuery query = options.query;
        query.earlier = options.format == StatementFormat::Html;
        return answerOf(findStatement(query, sources), options);
    }
    const auto list = listStatements(options.query.policy, sources);
    if (!list) return failed(list.error());
    return {*list, {}, 0};
}

Answer runStatementFile(const StatementOptions& options, std::istream& in) {
    return answerOf(readStatementFile(options.file, in), options);
}

}  // namespace bursar::cli
