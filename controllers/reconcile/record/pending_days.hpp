// What was decided on each day (UTC) until the day is recorded: who pays for a team, what loans drew, how large the
// reserves were. A metered day is completed with it.
//
// A day has what stood last on it; of a team whose TeamQuota was deleted that day, what it had. A day on which nobody
// looked (the operator was down, or the policy could not be used) has what stood when somebody looked next; what loans
// drew on it is known only of those that ended on it. Not thread-safe.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/metering.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::reconcile {

// What stands on a day.
struct DayStanding {
    Instant day;
    std::map<std::string, std::string> costCenters;  // by team
    std::map<std::string, api::Tokens> reserves;     // by pool, of all windows of a day

    bool operator==(const DayStanding&) const = default;
};

// By policy; of those that can be used.
std::map<std::string, DayStanding> dayStandings(const treasury::World& world, const treasury::Decisions& decisions);

// What a loan drew in the budget window that starts then.
struct WindowDraw {
    treasury::LoanDraw loan;
    Instant windowStart;
};

// By policy; of those whose consumption is known. A loan that is over is told of with the last window it was active in.
std::map<std::string, std::vector<WindowDraw>> windowDraws(const treasury::World& world,
                                                           const treasury::Decisions& decisions);

class PendingDays {
  public:
    void note(const DayStanding& standing);
    // Of what is told of a window the largest figure counts: a window's draw only grows.
    void note(const WindowDraw& draw);

    // `day` with cost centres, loans and reserves.
    [[nodiscard]] treasury::MeteredDay complete(treasury::MeteredDay day) const;
    // Days that begin before `until` are recorded; the last one that was noted stays, as it may be all there is.
    void forget(Instant until);

  private:
    using LoanName = std::pair<std::string, std::string>;                          // namespace and name
    using DrawsOfDay = std::map<LoanName, std::map<Instant, treasury::LoanDraw>>;  // then by window
    std::map<Instant, DayStanding> standings_;                                     // by day
    std::map<Instant, DrawsOfDay> draws_;
    Instant recordedUntil_ = Instant::min();
};

}  // namespace bursar::reconcile
