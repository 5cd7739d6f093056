#include "operator/runtime/kube/lease.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace bursar::kube {
namespace {

using std::chrono::seconds;

// A duration edited by hand must neither overflow nor block candidates for years.
constexpr std::int64_t kLongestSeconds = 86'400;

std::string textOf(const Json& spec, const char* name) {
    const auto found = spec.find(name);
    return found != spec.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::int64_t numberOf(const Json& spec, const char* name, std::int64_t most) {
    const auto found = spec.find(name);
    if (found == spec.end() || !found->is_number_integer()) return 0;
    return std::clamp<std::int64_t>(found->get<std::int64_t>(), 0, most);
}

}  // namespace

const Resource& leases() {
    static const Resource resource{"coordination.k8s.io", "v1", "leases", "Lease", true};
    return resource;
}

LeaseRecord leaseRecordOf(const Json& lease) {
    const auto found = lease.find("spec");
    if (found == lease.end() || !found->is_object()) return {};
    return {textOf(*found, "holderIdentity"), seconds{numberOf(*found, "leaseDurationSeconds", kLongestSeconds)},
            textOf(*found, "renewTime"), static_cast<int>(numberOf(*found, "leaseTransitions", 1'000'000'000))};
}

LeaseSeen lookAgain(LeaseSeen before, std::optional<LeaseRecord> now, std::chrono::steady_clock::time_point at) {
    if (before.record && before.record == now) return before;
    return {std::move(now), at};
}

LeaseAction actionFor(const LeaseSeen& seen, const std::string& identity, std::chrono::steady_clock::time_point at) {
    if (!seen.record) return LeaseAction::Create;
    if (seen.record->holder == identity) return LeaseAction::Renew;
    if (seen.record->holder.empty()) return LeaseAction::Take;
    return at - seen.since >= seen.record->duration ? LeaseAction::Take : LeaseAction::Wait;
}

Json claimedLease(LeaseAction action, const Json& stored, const LeaseClaim& claim, Instant now) {
    Json lease = stored;
    if (action == LeaseAction::Create) {
        lease = {{"apiVersion", leases().apiVersion()},
                 {"kind", leases().kind},
                 {"metadata", {{"name", claim.name}, {"namespace", claim.ns}}}};
    }
    if (!lease.contains("spec") || !lease["spec"].is_object()) lease["spec"] = Json::object();
    Json& spec = lease["spec"];
    const int transitions = leaseRecordOf(lease).transitions;
    const std::string moment = formatMicroInstant(now);
    if (action != LeaseAction::Renew) {
        spec["acquireTime"] = moment;
        spec["leaseTransitions"] = action == LeaseAction::Take ? transitions + 1 : 0;
    }
    spec["holderIdentity"] = claim.identity;
    spec["leaseDurationSeconds"] = std::chrono::duration_cast<seconds>(claim.duration).count();
    spec["renewTime"] = moment;
    return lease;
}

Json releasedLease(Json stored, Instant now) {
    Json& spec = stored["spec"];
    spec.erase("holderIdentity");  // the API server rejects an empty one
    spec["leaseDurationSeconds"] = 1;
    spec["renewTime"] = formatMicroInstant(now);
    return stored;
}

}  // namespace bursar::kube
