#include "operator/runtime/kube/clock_skew.hpp"

#include <catch2/catch.hpp>

#include "operator/runtime/http/http_date.hpp"

using namespace bursar;
using namespace bursar::kube;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Instant kNow = *parseInstant("2026-11-26T02:18:49Z");

// An answer that took `took`, from a server whose clock is `ahead` of ours by so much when it answers at once.
DatedAnswer answered(Duration ahead, Duration took = milliseconds{3}) {
    return {kNow, kNow + took, std::chrono::floor<seconds>(kNow + ahead)};
}

struct Judged {
    ClockJudge judge;
    ClockJudge::Steady at{};

    // One answer, and the verdict, so much later.
    ClockVerdict after(Duration passed, Duration serverAhead) {
        at += passed;
        judge.note(answered(serverAhead), at);
        return judge.verdict(at);
    }
    ClockVerdict quiet(Duration passed) {
        at += passed;
        return judge.verdict(at);
    }
};

}  // namespace

TEST_CASE("the Date of an answer is read in the one form servers must send") {
    CHECK(http::parseHttpDate("Thu, 26 Nov 2026 02:18:49 GMT") == kNow);
    CHECK(http::parseHttpDate("Thu, 29 Feb 2024 23:59:59 GMT") == *parseInstant("2024-02-29T23:59:59Z"));
    for (const char* other :
         {"", "Thu, 26 Nov 2026 02:18:49", "Thu, 26 Nov 2026 02:18:49 GMT+1", "2026-11-26T02:18:49Z",
          "Thursday, 26-Nov-26 02:18:49 GMT", "Thu, 26 Nov 2026 25:18:49 GMT"}) {
        INFO(other);
        CHECK_FALSE(http::parseHttpDate(other));
    }
}

TEST_CASE("the skew is the least that explains an answer") {
    // The server cuts off the second's rest, so clocks that agree seem up to a second apart.
    CHECK(skewOf(answered(milliseconds{0})) == Duration{0});
    CHECK(skewOf({kNow + milliseconds{999}, kNow + milliseconds{1001}, kNow}) == Duration{0});
    // An answer that took long says nothing of clocks.
    CHECK(skewOf(answered(seconds{30}, seconds{30})) == Duration{0});
    CHECK(skewOf({kNow, kNow + minutes{1}, kNow + seconds{20}}) == Duration{0});
    CHECK(skewOf(answered(hours{1})) == -(hours{1} - milliseconds{3}));
    CHECK(skewOf({kNow, kNow, kNow - seconds{90}}) == seconds{89});
    // Our clock was set back while we waited.
    CHECK(skewOf({kNow, kNow - hours{1}, kNow}) == Duration{0});
}

TEST_CASE("clocks are told apart after the grace, and agree again after they have for a while") {
    Judged it;
    CHECK_FALSE(it.quiet(seconds{1}).isKnown);
    CHECK(it.after(seconds{1}, seconds{0}).isKnown);
    CHECK(it.after(seconds{1}, minutes{1}).isSynchronized);
    CHECK(it.quiet(seconds{4}).isSynchronized);
    const ClockVerdict apart = it.quiet(seconds{1});
    CHECK_FALSE(apart.isSynchronized);
    CHECK(apart.skew == -(minutes{1} - milliseconds{3}));
    CHECK(it.after(seconds{1}, seconds{59}).skew ==
          apart.skew);                               // the largest, or the message would change with each answer
    CHECK_FALSE(it.quiet(hours{1}).isSynchronized);  // no answer says that it is over
    it.after(seconds{1}, seconds{0});
    const ClockVerdict again = it.quiet(seconds{1});
    CHECK(again.isSynchronized);
    CHECK(again.skew == Duration{0});
}

TEST_CASE("servers behind one address of which one is wrong make no verdict flap") {
    Judged it;
    int turns = 0;
    bool before = true;
    for (int i = 0; i < 600; ++i) {
        const bool is = it.after(seconds{2}, i % 3 == 0 ? minutes{2} : seconds{0}).isSynchronized;
        turns += is == before ? 0 : 1;
        before = is;
    }
    CHECK(turns == 0);

    // It alone answers for a while: told once, and over only when it has not been heard for half a minute.
    for (int i = 0; i < 4; ++i) it.after(seconds{2}, minutes{2});
    CHECK_FALSE(it.quiet(seconds{0}).isSynchronized);
    for (int i = 0; i < 60; ++i) CHECK_FALSE(it.after(seconds{2}, i % 3 == 0 ? minutes{2} : seconds{0}).isSynchronized);
}

TEST_CASE("a difference of seconds is none") {
    Judged it;
    for (int i = 0; i < 100; ++i) CHECK(it.after(seconds{1}, seconds{5}).isSynchronized);
}
