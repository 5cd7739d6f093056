// Counts days (UTC) by team, pool, model and token type, and keeps what was lost in each. Pure; one owner.
//
// What is counted, and when, is CounterAccount's to say: a day is the sum of exactly what it says.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "controllers/usage/losses.hpp"

namespace bursar::usage {

class DayMeter {
  public:
    struct Day {
        std::map<std::string, treasury::MeteredTeam> teams;  // without cost centres
        Losses losses;
    };

    explicit DayMeter(Instant begin) : keptFrom_(begin) {}

    // Tokens of a type that has no price are named as a loss: they are on no line.
    void count(const std::string& team, const treasury::MeteredModel& model, std::optional<api::TokenType> type,
               Instant at, api::Tokens tokens);
    // Named on every day it touches; its amounts on the last of them.
    void lose(Loss loss);
    // Forgets days before this one.
    void prune(Instant before);

    // What is known of the day that starts then. What lies before the begin, or was forgotten, it says is unread.
    [[nodiscard]] Day day(Instant start) const;
    // Grows with every change.
    [[nodiscard]] std::int64_t revision() const { return revision_; }

  private:
    Instant keptFrom_;
    std::map<Instant, Day> days_;
    std::int64_t revision_ = 0;
};

}  // namespace bursar::usage
