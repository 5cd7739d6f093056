// A Lease (coordination.k8s.io/v1) as an election uses it: its content, and the candidate's next action.
//
// Pure: no clock, no I/O. Clocks of two machines are never compared: a lease has expired if the candidate, by its own
// steady clock, saw no change for the lease's duration. The times in the lease are for people.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/kube/resource.hpp"

namespace bursar::kube {

const Resource& leases();

struct LeaseRecord {
    std::string holder;  // empty: none, it was released
    Duration duration{0};
    std::string renewTime;  // as in the lease
    int transitions = 0;

    bool operator==(const LeaseRecord&) const = default;
};

// A field that is missing or of another type keeps its default.
LeaseRecord leaseRecordOf(const Json& lease);

// The lease as a candidate saw it last, and since when it has been so.
struct LeaseSeen {
    std::optional<LeaseRecord> record;  // empty: there is no lease
    std::chrono::steady_clock::time_point since{};
};

LeaseSeen lookAgain(LeaseSeen before, std::optional<LeaseRecord> now, std::chrono::steady_clock::time_point at);

enum class LeaseAction {
    Create,  // there is no lease
    Take,    // it has no holder, or its holder has not renewed it in time
    Renew,   // it is ours
    Wait,    // another replica holds it
};

LeaseAction actionFor(const LeaseSeen& seen, const std::string& identity, std::chrono::steady_clock::time_point at);

struct LeaseClaim {
    std::string ns;
    std::string name;
    std::string identity;
    Duration duration{0};  // whole seconds
};

// The lease to write for Create, Take and Renew; `stored` is the lease as read, with its resourceVersion.
Json claimedLease(LeaseAction action, const Json& stored, const LeaseClaim& claim, Instant now);
// The lease to write for a release.
Json releasedLease(Json stored, Instant now);

}  // namespace bursar::kube
