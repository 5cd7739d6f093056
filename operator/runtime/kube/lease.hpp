// A Lease (coordination.k8s.io/v1) as an election uses it: what it says, and what a candidate does about it.
//
// Pure: no clock, no I/O. Two machines' clocks are never compared: a lease is taken for expired when it has not changed
// for as long as it is valid, on the steady clock of the one who looks. Its times are for people.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/kube/resource.hpp"

namespace bursar::kube {

const Resource& leases();

struct LeaseRecord {
    std::string holder;  // empty: nobody, it was given back
    Duration duration{0};
    std::string renewTime;  // as it is written
    int transitions = 0;

    bool operator==(const LeaseRecord&) const = default;
};

// What is missing or of another type stays at its default.
LeaseRecord leaseRecordOf(const Json& lease);

// What a candidate saw last, and when it saw it change last.
struct LeaseSeen {
    std::optional<LeaseRecord> record;  // nothing: there is no lease
    std::chrono::steady_clock::time_point since{};
};

LeaseSeen lookAgain(LeaseSeen before, std::optional<LeaseRecord> now, std::chrono::steady_clock::time_point at);

enum class LeaseAction {
    Create,  // there is none
    Take,    // nobody holds it, or its holder has not renewed it in time
    Renew,   // it is ours
    Wait,    // somebody else's
};

LeaseAction actionFor(const LeaseSeen& seen, const std::string& identity, std::chrono::steady_clock::time_point at);

struct LeaseClaim {
    std::string ns;
    std::string name;
    std::string identity;
    Duration duration{0};  // whole seconds
};

// The lease to write for Create, Take and Renew; `stored` is what was read, with its resourceVersion.
Json claimedLease(LeaseAction action, const Json& stored, const LeaseClaim& claim, Instant now);
// The lease to write when it is given back.
Json releasedLease(Json stored, Instant now);

}  // namespace bursar::kube
