// Occupancy compared with the plain way: adding up every moment.
#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "controllers/treasury/occupancy.hpp"

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
