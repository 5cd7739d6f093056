// A statement as JSON: the stored form of a closed statement, which its SHA-256 covers, and the output of
// `bursar statement -o json` and of the webhook.
//
// ASCII, without spaces, keys in order: the same statement always has the same bytes. Amounts and prices are decimal
// strings (`"12.50"`), tokens are integers, days are `2026-11-24`; absent values are null. Pure.
#pragma once

#include <string>
#include <string_view>

#include "controllers/treasury/chargeback/statement.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::ledger {

std::string bodyOf(const treasury::Statement& statement);

// Internal if the body is not a statement, or is of a version this build does not know.
Result<treasury::Statement> statementOf(std::string_view body);

}  // namespace bursar::ledger
