// Decisions of each day (UTC) until the day is recorded: cost centres, the draws of loans, the size of the reserves. A
// metered day is completed with them.
//
// The last values of a day count; a team whose TeamQuota was deleted that day keeps the values it had. A day without
// any decision (the operator was down, or the policy could not be used) has the values of the next decision; the draws
// of loans on such a day are known only for loans that ended on it. Not thread-safe.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controllers/treasury/chargeback/metering.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::reconcile {

// The last values of a day.
struct DayStanding {
    Instant day;
    std::map<std::string, std::string> costCenters;  // by team
    std::map<std::string, api::Tokens> reserves;     // by pool, of all windows of a day

    bool operator==(const DayStanding&) const = default;
};

// By policy; only policies that can be used.
std::map<std::string, DayStanding> dayStandings(const treasury::World& world, const treasury::Decisions& decisions);

// Tokens that a loan drew in the budget window that starts at `windowStart`.
struct WindowDraw {
    treasury::LoanDraw loan;
    Instant windowStart;
};

// By policy; only policies whose consumption is known. A loan that is over comes with the last window it was active in.
std::map<std::string, std::vector<WindowDraw>> windowDraws(const treasury::World& world,
                                                           const treasury::Decisions& decisions);

class PendingDays {
  public:
    void add(const DayStanding& standing);
    // For each window the largest figure counts, because a window's draw only grows.
    void add(const WindowDraw& draw);

    // Returns `day` with cost centres, loans and reserves.
    [[nodiscard]] treasury::MeteredDay complete(treasury::MeteredDay day) const;
    // Drops days that begin before `until`, which are recorded. The newest stays: it may be the only one.
    void forget(Instant until);

  private:
    using LoanName = std::pair<std::string, std::string>;                          // namespace and name
    using DrawsOfDay = std::map<LoanName, std::map<Instant, treasury::LoanDraw>>;  // then by window
    std::map<Instant, DayStanding> standings_;                                     // by day
    std::map<Instant, DrawsOfDay> draws_;
    Instant recordedUntil_ = Instant::min();
};

}  // namespace bursar::reconcile
