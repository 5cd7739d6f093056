#include "operator/runtime/kube/lease.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::kube;
using std::chrono::seconds;

namespace {

using TimePoint = std::chrono::steady_clock::time_point;

const TimePoint kSeen{seconds{1000}};
const LeaseClaim kClaim{"bursar-system", "bursar", "me", seconds{15}};

LeaseRecord heldBy(const std::string& holder, seconds duration = seconds{15}) {
    return {holder, duration, "2026-11-24T08:00:00.000000Z", 3};
}

}  // namespace

TEST_CASE("what a candidate does about a lease") {
    struct Case {
        const char* name;
        std::optional<LeaseRecord> record;
        seconds after;  // since it was seen to change
        LeaseAction action;
    };
    const Case cases[] = {
        {"there is none", std::nullopt, seconds{0}, LeaseAction::Create},
        {"it was given back", heldBy(""), seconds{0}, LeaseAction::Take},
        {"another holds it", heldBy("other"), seconds{0}, LeaseAction::Wait},
        {"another holds it, just before it expires", heldBy("other"), seconds{14}, LeaseAction::Wait},
        {"another has not renewed it", heldBy("other"), seconds{15}, LeaseAction::Take},
        {"another holds it for longer than we would", heldBy("other", seconds{60}), seconds{59}, LeaseAction::Wait},
        {"another that holds it for longer is gone", heldBy("other", seconds{60}), seconds{60}, LeaseAction::Take},
        {"it is ours", heldBy("me"), seconds{0}, LeaseAction::Renew},
        {"it is ours, even after a long time", heldBy("me"), seconds{100}, LeaseAction::Renew},
    };
    for (const Case& one : cases) {
        INFO(one.name);
        CHECK(actionFor({one.record, kSeen}, "me", kSeen + one.after) == one.action);
    }
}

TEST_CASE("a lease counts as seen since it changed last") {
    const LeaseSeen first = lookAgain({}, heldBy("other"), kSeen);
    CHECK(first.since == kSeen);
    CHECK(lookAgain(first, heldBy("other"), kSeen + seconds{5}).since == kSeen);
    LeaseRecord renewed = heldBy("other");
    renewed.renewTime = "2026-11-24T08:00:02.000000Z";
    CHECK(lookAgain(first, renewed, kSeen + seconds{5}).since == kSeen + seconds{5});
    // However far off the other machine's clock is: only that it has changed counts.
    renewed.renewTime = "1999-01-01T00:00:00.000000Z";
    CHECK(lookAgain(first, renewed, kSeen + seconds{5}).since == kSeen + seconds{5});
    CHECK_FALSE(lookAgain(first, std::nullopt, kSeen + seconds{5}).record);
}

TEST_CASE("a lease is created, taken, renewed and given back as kubectl shows it") {
    const Instant now = *parseInstant("2026-11-24T08:00:00.5Z");
    const Json created = claimedLease(LeaseAction::Create, Json{}, kClaim, now);
    CHECK(created["metadata"] == Json{{"name", "bursar"}, {"namespace", "bursar-system"}});
    CHECK(created["spec"] == Json{{"holderIdentity", "me"},
                                  {"leaseDurationSeconds", 15},
                                  {"acquireTime", "2026-11-24T08:00:00.500000Z"},
                                  {"renewTime", "2026-11-24T08:00:00.500000Z"},
                                  {"leaseTransitions", 0}});
    Json stored = created;
    stored["metadata"]["resourceVersion"] = "7";
    stored["metadata"]["labels"] = {{"theirs", "kept"}};
    const Json renewed = claimedLease(LeaseAction::Renew, stored, kClaim, now + seconds{2});
    CHECK(renewed["metadata"] == stored["metadata"]);
    CHECK(renewed["spec"]["acquireTime"] == "2026-11-24T08:00:00.500000Z");
    CHECK(renewed["spec"]["renewTime"] == "2026-11-24T08:00:02.500000Z");
    CHECK(renewed["spec"]["leaseTransitions"] == 0);
    LeaseClaim other = kClaim;
    other.identity = "other";
    const Json taken = claimedLease(LeaseAction::Take, renewed, other, now + seconds{20});
    CHECK(taken["spec"]["holderIdentity"] == "other");
    CHECK(taken["spec"]["acquireTime"] == "2026-11-24T08:00:20.500000Z");
    CHECK(taken["spec"]["leaseTransitions"] == 1);
    const Json released = releasedLease(taken, now + seconds{30});
    CHECK_FALSE(released["spec"].contains("holderIdentity"));
    CHECK(released["metadata"] == stored["metadata"]);
    CHECK(actionFor({leaseRecordOf(released), kSeen}, "me", kSeen) == LeaseAction::Take);
}

TEST_CASE("a lease somebody wrote by hand is read as far as it goes") {
    CHECK(leaseRecordOf(Json{{"metadata", Json::object()}}) == LeaseRecord{});
    CHECK(leaseRecordOf({{"spec", "nothing"}}) == LeaseRecord{});
    const LeaseRecord odd = leaseRecordOf(
        {{"spec",
          {{"holderIdentity", 5}, {"leaseDurationSeconds", -1}, {"renewTime", nullptr}, {"leaseTransitions", "x"}}}});
    CHECK(odd == LeaseRecord{});
    const LeaseRecord endless =
        leaseRecordOf({{"spec", {{"holderIdentity", "x"}, {"leaseDurationSeconds", 9'000'000'000'000}}}});
    CHECK(endless.duration == std::chrono::hours{24});
}
