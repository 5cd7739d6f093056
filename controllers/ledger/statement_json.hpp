// A statement as JSON: what is kept of a closed one, what its SHA-256 is over, and what `bursar statement -o json` and
// the webhook hand over.
//
// ASCII, without spaces, keys in order: the same statement always has the same bytes. Amounts and prices are decimal
// strings (`"12.50"`), tokens are integers, days are `2026-11-24`; absent values are null. Pure.
#pragma once

#include <string>
#include <string_view>

#include "controllers/treasury/statement.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::ledger {

std::string bodyOf(const treasury::Statement& statement);

// Internal where it is none, or of a version this build does not know.
Result<treasury::Statement> statementOf(std::string_view body);

}  // namespace bursar::ledger
