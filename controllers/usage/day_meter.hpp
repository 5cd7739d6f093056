// Sums days (UTC) by team, pool, model and token type, and keeps the losses of each day. Pure; not thread-safe.
//
// CounterAccount decides what counts and when; a day is exactly the sum of its calls.
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

    // Tokens of a type without a price appear on no line, so they become a loss.
    void count(const std::string& team, const treasury::MeteredModel& model, std::optional<api::TokenType> type,
               Instant at, api::Tokens tokens);
    // Adds the loss to every day it touches, and its amounts to the last of them.
    void lose(Loss loss);
    // Drops days before this one.
    void prune(Instant before);

    // The day that starts then. Time before the begin, or in dropped days, is a loss marked as unread.
    [[nodiscard]] Day day(Instant start) const;
    // Grows with every change.
    [[nodiscard]] std::int64_t revision() const { return revision_; }

  private:
    Instant keptFrom_;
    std::map<Instant, Day> days_;
    std::int64_t revision_ = 0;
};

}  // namespace bursar::usage
