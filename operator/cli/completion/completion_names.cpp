#include <set>
#include <string_view>

#include "controllers/api/team_quota.hpp"
#include "controllers/cluster/resources.hpp"
#include "operator/cli/completion/completion.hpp"

namespace bursar::cli {
namespace {

constexpr std::chrono::seconds kTimeout{3};  // the user waits at the keyboard

// A shell inserts candidates unquoted: only names that are valid in Kubernetes are safe.
bool isSafe(const std::string& name) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    return !name.empty() && name.front() != '-' && name.find_first_not_of(kLetters) == std::string::npos;
}

std::vector<kube::Json> listOrNone(kube::Client& client, const kube::Resource& resource, const std::string& ns) {
    kube::ListOptions options;
    options.ns = ns;
    auto listed = client.list(resource, options);
    return listed ? std::move(listed->items) : std::vector<kube::Json>{};
}

std::vector<kube::Json> quotasOf(kube::Client& client, const NameQuestion& question) {
    if (!question.ns.empty()) return listOrNone(client, cluster::teamQuotas(), question.ns);
    std::vector<kube::Json> all = listOrNone(client, cluster::teamQuotas(), "");
    if (!all.empty()) return all;
    const auto own = question.connection.contextNamespace();
    return own ? listOrNone(client, cluster::teamQuotas(), *own) : all;
}

}  // namespace

std::vector<std::string> namesInCluster(const NameQuestion& question) {
    kube::ClientOptions options;
    options.requestTimeout = kTimeout;
    const auto client = question.connection.connect(options);
    if (!client) return {};
    std::set<std::string> names;
    if (question.kind == "NAMESPACE") {
        for (const auto& item : listOrNone(**client, cluster::namespaces(), "")) names.insert(kube::keyOf(item).name);
        return {names.begin(), names.end()};
    }
    const bool teams = question.kind == "TEAM";
    if (!teams) {
        for (const auto& item : listOrNone(**client, cluster::allocationPolicies(), "")) {
            names.insert(kube::keyOf(item).name);
        }
    }
    // Users who may not read policies get those that TeamQuotas name.
    if (names.empty()) {
        for (const auto& item : quotasOf(**client, question)) {
            const api::TeamQuota quota = api::parseTeamQuota(item);
            names.insert(teams ? quota.team : quota.policy);
        }
    }
    std::erase_if(names, [](const std::string& name) { return !isSafe(name); });
    return {names.begin(), names.end()};
}

}  // namespace bursar::cli
