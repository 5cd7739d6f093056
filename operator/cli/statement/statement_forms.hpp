// The forms of a statement.
//
// Every form is a pure function of the statement, so the same statement always looks the same. Names of teams, models,
// loans and cost centres are untrusted: each form makes them safe in its own way and never leaves a line out.
#pragma once

#include <string>

#include "operator/cli/cost/statement_report.hpp"

namespace bursar::cli {

std::string renderTable(const StatementReport& report);
std::string renderMarkdown(const StatementReport& report);
// A row for each line: usage, corrections and idle shares; numbers for machines.
std::string renderCsv(const StatementReport& report);
// FOCUS 1.2 (docs/chargeback.md has the mapping). The statement must have a currency.
std::string renderFocus(const StatementReport& report);
// One page without scripts or external resources.
std::string renderHtml(const StatementReport& report);

}  // namespace bursar::cli
