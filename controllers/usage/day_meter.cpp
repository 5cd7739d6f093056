#include "controllers/usage/day_meter.hpp"

#include <algorithm>
#include <utility>

namespace bursar::usage {
namespace {

treasury::TimeWindow dayAt(Instant at) { return treasury::windowAt(at, api::BudgetWindow::Day); }

}  // namespace

void DayMeter::count(const std::string& team, const treasury::MeteredModel& model, std::optional<api::TokenType> type,
                     Instant at, api::Tokens tokens) {
    const Instant start = dayAt(at).start;
    if (!type) {
        lose({.from = start, .until = at, .restarted = {}, .gone = {}, .undated = {}, .untyped = tokens});
        return;
    }
    days_[start].teams[team].usage[model].of(*type) += tokens;
    ++revision_;
}

void DayMeter::lose(Loss loss) {
    const api::Tokens undated = std::exchange(loss.undated, {});
    const api::Tokens untyped = std::exchange(loss.untyped, {});
    Instant start = dayAt(std::max(loss.from, dayAt(keptFrom_).start)).start;
    while (start <= loss.until) {
        const treasury::TimeWindow day = dayAt(start);
        Loss piece = loss;
        piece.from = std::max(loss.from, day.start);
        piece.until = std::min(loss.until, day.end);
        const bool last = loss.until <= day.end;
        if (last) {
            piece.undated = undated;
            piece.untyped = untyped;
        }
        days_[day.start].losses.add(std::move(piece));
        ++revision_;
        if (last) return;
        start = day.end;
    }
}

void DayMeter::prune(Instant before) {
    keptFrom_ = std::max(keptFrom_, before);
    days_.erase(days_.begin(), days_.lower_bound(before));
}

DayMeter::Day DayMeter::day(Instant start) const {
    const auto found = days_.find(start);
    Day day = found == days_.end() ? Day{} : found->second;
    if (start < keptFrom_) {
        Loss unread{start, std::min(keptFrom_, dayAt(start).end), {}, {}, {}, {}, true};
        day.losses.add(std::move(unread));
    }
    return day;
}

}  // namespace bursar::usage
