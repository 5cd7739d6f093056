#include "operator/runtime/base/worker_loop.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "operator/runtime/base/next_turn.hpp"

using namespace bursar;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Counts turns, and lets a test wait for one.
class Turns {
  public:
    // What the turn returns.
    Duration answer = hours{1};

    WorkerLoop::Turn turn() {
        return [this](bool woken, const std::stop_token&) {
            const std::lock_guard lock{mutex_};
            taken_.push_back(woken);
            changed_.notify_all();
            return answer;
        };
    }
    // What the turns were told, once there were that many.
    std::vector<bool> waitFor(std::size_t count) {
        std::unique_lock lock{mutex_};
        if (!changed_.wait_for(lock, seconds{20}, [&] { return taken_.size() >= count; })) FAIL("no turn in 20 s");
        return taken_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<bool> taken_;
};

}  // namespace

TEST_CASE("a loop takes its first turn at once, and one for each wake") {
    Turns turns;
    WorkerLoop loop{turns.turn()};
    loop.start();
    CHECK(turns.waitFor(1) == std::vector<bool>{true});
    loop.wake();
    CHECK(turns.waitFor(2) == std::vector<bool>{true, true});
    loop.stop();
    loop.wake();
    loop.stop();
    CHECK(turns.waitFor(0).size() == 2);
}

TEST_CASE("a loop takes a turn when its time has come, and knows that it was not woken") {
    Turns turns;
    turns.answer = Duration{1};
    WorkerLoop loop{turns.turn()};
    loop.start();
    const auto taken = turns.waitFor(3);
    CHECK(taken[0]);
    CHECK_FALSE(taken[1]);
    CHECK_FALSE(taken[2]);
}

TEST_CASE("what wakes a loop during a turn makes another turn") {
    Turns turns;
    WorkerLoop* self = nullptr;
    int left = 2;
    WorkerLoop loop{[&, turn = turns.turn()](bool woken, const std::stop_token& stop) {
        if (left-- > 0) self->wake();
        return turn(woken, stop);
    }};
    self = &loop;
    loop.start();
    CHECK(turns.waitFor(3) == std::vector<bool>{true, true, true});
}

TEST_CASE("a loop that was not started stops, and a stop ends a debounce") {
    Turns turns;
    WorkerLoop idle{turns.turn()};
    CHECK(idle.takeTurn() == hours{1});
    CHECK(idle.takeTurn() == hours{1});
    CHECK(turns.waitFor(2) == std::vector<bool>{true, false});
    idle.stop();
    WorkerLoop loop{turns.turn(), hours{1}};  // woken from the beginning, and waits for more
    loop.start();
    loop.stop();
    CHECK(turns.waitFor(0).size() == 2);
}

TEST_CASE("the next turn is the earliest of wall and steady times, and is due when it has come") {
    ManualClock clock{*parseInstant("2026-11-24T13:30:00Z")};
    NextTurn next;
    CHECK_FALSE(next.wait(clock));
    CHECK_FALSE(next.isDue(clock));
    next.at(std::optional<Instant>{});
    CHECK_FALSE(next.wait(clock));
    next.at(clock.now() + seconds{5});
    next.at(clock.now() + seconds{7});
    CHECK(next.wait(clock) == seconds{5});
    next.at(clock.steadyNow() + seconds{3});
    CHECK(next.wait(clock) == seconds{3});
    clock.advance(seconds{3} - Duration{1});
    CHECK_FALSE(next.isDue(clock));
    clock.advance(Duration{1});
    CHECK(next.isDue(clock));
    clock.advance(hours{1});
    CHECK(next.wait(clock) == Duration{0});
}
