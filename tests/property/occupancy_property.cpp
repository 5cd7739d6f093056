// Occupancy compared with the plain way: adding up every moment.
#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "controllers/treasury/occupancy.hpp"
#include "controllers/treasury/running_sums.hpp"

using namespace bursar;
using namespace bursar::treasury;

namespace {

constexpr int kMoments = 40;

TimeWindow spanOf(int from, int to) { return {Instant{std::chrono::seconds{from}}, Instant{std::chrono::seconds{to}}}; }

}  // namespace

TEST_CASE("occupancy: the peak is the largest sum of any moment") {
    const bool held = rc::check("peaks", [] {
        using Add = std::tuple<int, int, int>;
        const auto moments = rc::gen::inRange(0, kMoments);
        const auto adds =
            *rc::gen::container<std::vector<Add>>(rc::gen::tuple(moments, moments, rc::gen::inRange(0, 100)));
        std::vector<Instant> edges;
        for (const auto& [from, to, amount] : adds) {
            edges.push_back(spanOf(from, to).start);
            edges.push_back(spanOf(from, to).end);
        }
        Occupancy occupancy{edges};
        std::vector<std::int64_t> plain(kMoments);
        for (const auto& [from, to, amount] : adds) {
            occupancy.add(spanOf(from, to), amount);
            for (int moment = from; moment < to; ++moment) plain[static_cast<std::size_t>(moment)] += amount;
        }
        const int from = *rc::gen::inRange(-5, kMoments);
        const int to = *rc::gen::inRange(from, kMoments + 5);
        std::int64_t largest = 0;
        for (int moment = std::max(0, from); moment < std::min(to, kMoments); ++moment) {
            largest = std::max(largest, plain[static_cast<std::size_t>(moment)]);
        }
        RC_ASSERT(occupancy.peak(spanOf(from, to)) == largest);
    });
    CHECK(held);
}

TEST_CASE("occupancy: an excess ends where every moment looked at alone says") {
    const bool held = rc::check("ends of excess", [] {
        using Add = std::tuple<int, int, int>;
        const auto moments = rc::gen::inRange(0, kMoments);
        const auto adds =
            *rc::gen::container<std::vector<Add>>(rc::gen::tuple(moments, moments, rc::gen::inRange(0, 100)));
        std::vector<Instant> edges;
        for (const auto& [from, to, amount] : adds) {
            edges.insert(edges.end(), {spanOf(from, to).start, spanOf(from, to).end});
        }
        Occupancy occupancy{edges};
        std::vector<std::int64_t> plain(kMoments);
        for (const auto& [from, to, amount] : adds) {
            occupancy.add(spanOf(from, to), amount);
            for (int moment = from; moment < to; ++moment) plain[static_cast<std::size_t>(moment)] += amount;
        }
        const int from = *rc::gen::inRange(0, kMoments);
        const int to = *rc::gen::inRange(from, kMoments);
        const std::int64_t level = *rc::gen::inRange(0, 200);
        const auto above = [&](int moment) {
            return moment < kMoments && plain[static_cast<std::size_t>(moment)] > level;
        };
        int last = to - 1;
        while (last >= from && !above(last)) --last;
        std::optional<Instant> expected;
        if (last >= from) {
            int end = last;
            while (above(end)) ++end;
            expected = Instant{std::chrono::seconds{end}};
        }
        RC_ASSERT(occupancy.endOfExcess(spanOf(from, to), level) == expected);
    });
    CHECK(held);
}

TEST_CASE("running sums are those of every amount added up") {
    const bool held = rc::check("sums", [] {
        using Add = std::pair<int, int>;
        const auto adds = *rc::gen::container<std::vector<Add>>(
            rc::gen::pair(rc::gen::inRange(0, kMoments), rc::gen::inRange(0, 100)));
        std::vector<Instant> instants;
        for (const Add& add : adds) instants.push_back(Instant{std::chrono::seconds{add.first}});
        RunningSums sums{instants};
        for (const Add& add : adds) sums.add(Instant{std::chrono::seconds{add.first}}, add.second);
        const int before = *rc::gen::inRange(-1, kMoments + 1);
        std::int64_t expected = 0;
        for (const Add& add : adds) expected += add.first < before ? add.second : 0;
        RC_ASSERT(sums.before(Instant{std::chrono::seconds{before}}) == expected);
    });
    CHECK(held);
}
