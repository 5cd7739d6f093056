// Private to this folder: the parts that days and statements store in the same form.
#pragma once

#include <nlohmann/json.hpp>

#include "controllers/treasury/chargeback/metering.hpp"

namespace bursar::ledger {

inline nlohmann::json asJson(const treasury::MeteringGap& gap) {
    return {{"from", formatInstant(gap.from)}, {"until", formatInstant(gap.until)}, {"why", gap.why}};
}

inline nlohmann::json asJson(const treasury::LoanDraw& loan) {
    return {{"namespace", loan.ns},
            {"name", loan.name},
            {"team", loan.team},
            {"pool", loan.pool},
            {"drawn", loan.drawn.value()}};
}

}  // namespace bursar::ledger
