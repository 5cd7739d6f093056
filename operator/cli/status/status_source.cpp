#include "operator/cli/status/status_source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/api/suggestion.hpp"
#include "controllers/cluster/resources.hpp"

namespace bursar::cli {
namespace {

// The operator writes a status when a window begins. Later than this, a status of the window before is out of date.
constexpr Duration kLate = std::chrono::minutes{1};

Error explained(const Error& error) {
    if (!error.isNotFound()) return error;
    return makeError(ErrorCode::NotFound,
                     "the cluster does not know Bursar's resources; apply crds/ first, or name "
                     "another cluster with --context (" +
                         error.message + ")");
}

Result<void> readPolicies(kube::Client& client, StatusReading& reading) {
    auto listed = client.list(cluster::allocationPolicies(), {});
    if (listed) {
        reading.objects.policies = std::move(listed->items);
        return {};
    }
    if (listed.error().code != ErrorCode::Forbidden) return explained(listed.error());
    reading.scope.policies = false;
    reading.scope.notes.emplace_back(
        "you may not list AllocationPolicies: pools, and what is wrong with a policy, are left out");
    return {};
}

Result<void> readQuotas(kube::Client& client, const StatusQuery& query, StatusReading& reading) {
    kube::ListOptions options;
    options.ns = query.ns;
    auto listed = client.list(cluster::teamQuotas(), options);
    const bool narrower = query.ns.empty() && !query.allNamespaces && !query.ownNamespace.empty();
    if (!listed && listed.error().code == ErrorCode::Forbidden && narrower) {
        reading.scope.ns = query.ownNamespace;
        reading.scope.notes.push_back(fmt::format(
            "you may not list TeamQuotas of every namespace: only those of \"{}\" are shown; -n names another",
            query.ownNamespace));
        options.ns = query.ownNamespace;
        listed = client.list(cluster::teamQuotas(), options);
    }
    if (!listed) return explained(listed.error());
    reading.objects.quotas = std::move(listed->items);
    return {};
}

void sortByName(std::vector<PolicyLine>& policies) {
    std::sort(policies.begin(), policies.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

// Adds policies that could not be read but are named by a TeamQuota.
void addNamedPolicies(StatusView& view) {
    for (const TeamLine& team : view.teams) {
        const bool known = std::any_of(view.policies.begin(), view.policies.end(),
                                       [&](const PolicyLine& policy) { return policy.name == team.policy; });
        if (known) continue;
        PolicyLine named;
        named.name = team.policy;
        named.readable = false;
        view.policies.push_back(std::move(named));
    }
    sortByName(view.policies);
}

Error unknownPolicy(const StatusView& view, const StatusScope& scope, const std::string& name) {
    std::vector<std::string> names;
    for (const PolicyLine& policy : view.policies) names.push_back(policy.name);
    const std::string where = scope.policies ? std::string{} : " that a TeamQuota shown here names";
    return makeError(ErrorCode::NotFound,
                     fmt::format("there is no AllocationPolicy \"{}\"{}{}", name, where, api::didYouMean(name, names)));
}

void addStalenessNote(StatusView& view) {
    std::size_t old = 0;
    Instant since = Instant::max();
    for (const TeamLine& team : view.teams) {
        for (const BudgetLine& budget : team.budgets) {
            if (!budget.windowEnd || view.at - *budget.windowEnd < kLate) continue;
            ++old;
            since = std::min(since, *budget.windowEnd);
        }
    }
    if (old == 0) return;
    view.notes.push_back(fmt::format(
        "{} of the budgets are of a window that ended (the first at {}); the operator has not written since: "
        "does it run?",
        old, formatInstant(since)));
}

}  // namespace

Result<StatusReading> readStatus(kube::Client& client, const StatusQuery& query) {
    StatusReading reading;
    reading.scope.ns = query.ns;
    if (auto read = readPolicies(client, reading); !read) return read.error();
    if (auto read = readQuotas(client, query, reading); !read) return read.error();
    return reading;
}

Result<StatusView> makeStatusView(const StatusObjects& objects, const StatusScope& scope, const StatusQuery& query,
                                  Instant at) {
    StatusView view;
    view.at = at;
    view.notes = scope.notes;
    for (const kube::Json& policy : objects.policies) view.policies.push_back(policyLine(policy));
    for (const kube::Json& quota : objects.quotas) view.teams.push_back(teamLine(quota));
    addNamedPolicies(view);
    if (!query.policy.empty()) {
        const auto other = [&](const PolicyLine& policy) { return policy.name != query.policy; };
        if (std::all_of(view.policies.begin(), view.policies.end(), other)) {
            return unknownPolicy(view, scope, query.policy);
        }
        std::erase_if(view.policies, other);
        std::erase_if(view.teams, [&](const TeamLine& team) { return team.policy != query.policy; });
    }
    sortTeams(view.teams, query.sortBy);
    addStalenessNote(view);
    return view;
}

}  // namespace bursar::cli
