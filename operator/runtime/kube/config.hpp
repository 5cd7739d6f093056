// How to reach an API server: from a kubeconfig file or from inside a pod.
#pragma once

#include <string>

#include "operator/runtime/base/result.hpp"

namespace bursar::kube {

// Secrets in here (token, key) never appear in logs or errors.
struct Config {
    std::string server;  // https://host:port
    std::string caPem;   // PEM of the authority the server's certificate must chain to
    std::string clientCertificatePem;
    std::string clientKeyPem;
    std::string bearerToken;
    std::string bearerTokenFile;    // read again when it is rotated; has precedence over bearerToken
    std::string tlsServerName;      // the name in the certificate, if it is not the host of `server`
    std::string ns;                 // namespace of the context or of the pod; `default` if unset
    double queriesPerSecond = 200;  // the client's own limit, and the size of a burst
};

// Reads a kubeconfig (YAML): the named context, or the current one if `context` is empty. Errors name the file and the
// entry that is missing or wrong. `insecure-skip-tls-verify` and exec plugins are refused with a reason.
Result<Config> loadKubeconfig(const std::string& path, const std::string& context);

// The service account of the pod we run in (/var/run/secrets/kubernetes.io/serviceaccount and KUBERNETES_SERVICE_*).
Result<Config> loadInClusterConfig();

// Chooses as kubectl does: `kubeconfig` if given, then $KUBECONFIG, then in-cluster, then ~/.kube/config.
Result<Config> loadConfig(const std::string& kubeconfig, const std::string& context);

}  // namespace bursar::kube
