// libFuzzer target for Leases that somebody else wrote: a candidate reads them, waits no longer than a day, and what it
// writes over them is its own.
#include "operator/runtime/kube/api_answer.hpp"
#include "operator/runtime/kube/lease.hpp"
#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bursar;
    using namespace bursar::kube;
    const auto lease = objectOf(testing::textOf(data, size));
    if (!lease) return 0;
    const LeaseRecord record = leaseRecordOf(*lease);
    testing::require(record.duration >= Duration{0} && record.duration <= std::chrono::hours{24});
    const std::chrono::steady_clock::time_point now{std::chrono::hours{100}};
    actionFor(lookAgain({}, record, now), "me", now);
    const LeaseClaim claim{"bursar-system", "bursar", "me", std::chrono::seconds{15}};
    for (const LeaseAction action : {LeaseAction::Take, LeaseAction::Renew}) {
        const LeaseRecord claimed = leaseRecordOf(claimedLease(action, *lease, claim, Instant{}));
        testing::require(claimed.holder == "me" && claimed.transitions >= record.transitions);
    }
    if (lease->contains("spec") && (*lease)["spec"].is_object()) {
        testing::require(leaseRecordOf(releasedLease(*lease, Instant{})).holder.empty());
    }
    return 0;
}
