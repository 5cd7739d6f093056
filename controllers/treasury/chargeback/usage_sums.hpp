// Tokens of a period, summed over the days between two changes of price: the input of a statement. Pure.
//
// Days can be added in any order and in slices. Memory is bounded by teams × models of each × price changes, whatever
// the number of days.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controllers/treasury/chargeback/metering.hpp"

namespace bursar::treasury {

class UsageSums {
  public:
    struct Cell {
        std::uint32_t model = 0;  // index into models()
        std::uint32_t span = 0;   // index into spans()
        TokenCounts tokens;
    };
    struct TeamSums {
        std::string costCenter;   // as the days name it
        std::vector<Cell> cells;  // sorted by model, then span
    };

    // `spans` as priceSpans() returns them: consecutive, and covering the period.
    explicit UsageSums(std::vector<TimeWindow> spans) : spans_(std::move(spans)) {}

    // Ignores days outside of the period.
    void add(const MeteredRows& rows);
    void add(const MeteredDay& day) { add(rowsOf(day)); }

    [[nodiscard]] const std::vector<MeteredModel>& models() const { return models_; }
    [[nodiscard]] const std::vector<TimeWindow>& spans() const { return spans_; }
    [[nodiscard]] TimeWindow period() const { return {spans_.front().start, spans_.back().end}; }
    // By team; one entry for each of its cost centres in the period.
    [[nodiscard]] const std::map<std::string, std::vector<TeamSums>>& teams() const { return teams_; }
    [[nodiscard]] const std::vector<MeteringGap>& gaps() const { return gaps_; }
    // By (namespace, name); tokens drawn over the period.
    [[nodiscard]] const std::map<std::pair<std::string, std::string>, LoanDraw>& loans() const { return loans_; }
    [[nodiscard]] const std::map<std::string, ReserveUse>& reserves() const { return reserves_; }
    // The end of the last day that was added, at most the period's end; the period's start if there was no day.
    [[nodiscard]] Instant until() const { return until_; }

  private:
    void addRest(const MeteredDay& day);

    std::vector<TimeWindow> spans_;
    std::vector<MeteredModel> models_;  // in the order of their first use
    std::map<MeteredModel, std::uint32_t> places_;
    std::map<std::string, std::vector<TeamSums>> teams_;
    std::vector<MeteringGap> gaps_;
    std::map<std::pair<std::string, std::string>, LoanDraw> loans_;
    std::map<std::string, ReserveUse> reserves_;
    Instant until_ = spans_.front().start;
};

}  // namespace bursar::treasury
