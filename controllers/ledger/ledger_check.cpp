#include "controllers/ledger/ledger_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "operator/runtime/base/sha256.hpp"

namespace bursar::ledger {
namespace {

std::string wholeChain(const char* what, const StoredChain& chain) {
    const Link tip = chain.tip();
    return fmt::format("{} records {} are whole, up to record {} ({})", chain.size(), what, tip.seq, tip.hash);
}

Error brokenStatement(const std::string& period, std::string_view why) {
    return makeError(ErrorCode::Internal,
                     fmt::format("statement {} is broken: {}; restore it from a backup", period, why));
}

std::optional<Error> checkStatement(Ledger& ledger, const StatementName& name, const std::string& sha256) {
    const auto body = ledger.statement(name);
    if (!body && body.error().isNotFound()) {
        return brokenStatement(name.period, "it was closed, and is gone or not there to its end");
    }
    if (!body) return body.error();
    if (sha256Of(*body) != sha256) {
        return brokenStatement(name.period, "its bytes are not those that were closed, so it was changed");
    }
    return std::nullopt;
}

void checkStatements(Ledger& ledger, const MeteringChain& chain, LedgerCheck& check) {
    std::size_t whole = 0;
    for (const auto& [period, sha256] : chain.statements()) {
        if (auto problem = checkStatement(ledger, {chain.policy(), period}, sha256)) {
            check.problems.push_back(std::move(*problem));
        } else {
            ++whole;
        }
    }
    if (whole > 0) check.whole.push_back(fmt::format("{} statements are as they were closed", whole));
    const auto kept = ledger.statements(chain.policy());
    if (!kept) {
        check.problems.push_back(kept.error());
        return;
    }
    for (const std::string& period : *kept) {
        if (chain.statements().contains(period)) continue;
        check.notes.push_back(
            fmt::format("statement {} is kept and not recorded yet; the operator records it when it closes the period "
                        "again",
                        period));
    }
}

}  // namespace

LedgerCheck checkPolicy(Ledger& ledger, const std::string& policy) {
    LedgerCheck check;
    if (const auto windows = ledger.read(policy)) {
        check.whole.push_back(wholeChain("of closed windows", *windows));
    } else {
        check.problems.push_back(windows.error());
    }
    if (const auto metering = ledger.readMetering(policy)) {
        if (metering->tip().seq > 0) check.whole.push_back(wholeChain("of metered days", *metering));
        checkStatements(ledger, *metering, check);
    } else {
        Error error = metering.error();
        error.message = "metered days: " + error.message;
        check.problems.push_back(std::move(error));
        check.notes.push_back(
            "statements were not checked, because the metered days that hold their hashes cannot be read");
    }
    return check;
}

}  // namespace bursar::ledger
