// The real API server that hack/test.sh started, by $KUBECONFIG.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>

#include "operator/runtime/kube/client.hpp"

namespace bursar::testing {

inline const kube::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};
inline const kube::Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline const kube::Resource kTeamQuotas{"bursar.dev", "v1alpha1", "teamquotas", "TeamQuota", true};

inline kube::Config clusterConfig() {
    REQUIRE(std::getenv("KUBECONFIG") != nullptr);  // a missing server is a failure, never a skipped test
    auto config = kube::loadConfig("", "");
    if (!config) FAIL(config.error().message);
    return *config;
}

inline std::shared_ptr<kube::Client> connect(kube::Config config = clusterConfig()) {
    auto client = kube::Client::create(std::move(config));
    if (!client) FAIL(client.error().message);
    return *client;
}

// A namespace of its own for each test case, so that cases do not meet.
inline std::string freshNamespace(kube::Client& client, const std::string& name) {
    const auto created = client.create(kNamespaces, {{"metadata", {{"name", name}}}});
    if (!created && !created.error().isAlreadyExists()) FAIL(created.error().message);
    return name;
}

inline kube::Json configMap(const std::string& ns, const std::string& name, const kube::Json& data,
                            const kube::Json& labels = kube::Json::object()) {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"name", name}, {"namespace", ns}, {"labels", labels}}},
            {"data", data}};
}

}  // namespace bursar::testing
