#include "operator/kube/config.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "operator/base/base64.hpp"

namespace bursar::kube {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 4U << 20U;  // a kubeconfig or certificate beyond this is none
const fs::path kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

Error bad(const std::string& path, const std::string& why) {
    return makeError(ErrorCode::InvalidArgument, fmt::format("{}: {}", path, why));
}

Result<std::string> readFile(const fs::path& path) {
    std::error_code code;
    const auto size = fs::file_size(path, code);
    if (code) return bad(path.string(), "cannot be read: " + code.message());
    if (size > kMaxFile) return bad(path.string(), "is larger than 4 MiB");
    std::ifstream file{path, std::ios::binary};
    std::stringstream text;
    text << file.rdbuf();
    if (!file) return bad(path.string(), "cannot be read");
    return text.str();
}

std::string scalar(const YAML::Node& node, const char* name) {
    const YAML::Node child = node[name];
    return child && child.IsScalar() ? child.as<std::string>() : std::string{};
}

// One kubeconfig while it is read.
class KubeconfigReader {
  public:
    KubeconfigReader(std::string path, YAML::Node root) : path_(std::move(path)), root_(std::move(root)) {}

    Result<Config> read(std::string context) {
        if (!root_.IsMap()) return bad(path_, "is not a kubeconfig (no YAML map)");
        if (context.empty()) context = scalar(root_, "current-context");
        if (context.empty()) return bad(path_, "names no current-context; name one, or set --context");
        auto entry = named("contexts", "context", context);
        if (!entry) return entry.error();
        config_.ns = scalar(*entry, "namespace");
        if (config_.ns.empty()) config_.ns = "default";
        const std::string userName = scalar(*entry, "user");
        auto cluster = named("clusters", "cluster", scalar(*entry, "cluster"));
        if (!cluster) return cluster.error();
        auto read = readCluster(*cluster);
        if (!read) return read.error();
        if (!userName.empty()) {
            auto user = named("users", "user", userName);
            if (!user) return user.error();
            read = readUser(*user);
            if (!read) return read.error();
        }
        return config_;
    }

  private:
    Result<YAML::Node> named(const char* list, const char* inner, const std::string& name) const {
        const YAML::Node entries = root_[list];
        if (entries && entries.IsSequence()) {
            for (const YAML::Node& entry : entries) {
                if (entry.IsMap() && scalar(entry, "name") == name && entry[inner]) return entry[inner];
            }
        }
        return bad(path_, fmt::format("{} has no entry named \"{}\"", list, name));
    }

    // `<name>-data` as base64, or the file `<name>` beside the kubeconfig.
    Result<std::string> material(const YAML::Node& node, const std::string& name) const {
        const std::string data = scalar(node, (name + "-data").c_str());
        if (!data.empty()) {
            auto decoded = decodeBase64(data);
            if (!decoded) return bad(path_, name + "-data is not base64");
            return std::move(*decoded);
        }
        const std::string file = scalar(node, name.c_str());
        if (file.empty()) return std::string{};
        return readFile(fs::path{path_}.parent_path() / file);
    }

    Result<void> readCluster(const YAML::Node& cluster) {
        config_.server = scalar(cluster, "server");
        if (!config_.server.starts_with("https://")) {
            return bad(path_, "the cluster's server must be an https:// URL");
        }
        const std::string insecure = scalar(cluster, "insecure-skip-tls-verify");
        if (!insecure.empty() && insecure != "false") {
            return bad(path_, "insecure-skip-tls-verify is not supported: give certificate-authority-data instead");
        }
        config_.tlsServerName = scalar(cluster, "tls-server-name");
        auto ca = material(cluster, "certificate-authority");
        if (!ca) return ca.error();
        config_.caPem = std::move(*ca);
        return {};
    }

    Result<void> readUser(const YAML::Node& user) {
        for (const char* plugin : {"exec", "auth-provider"}) {
            if (user[plugin]) {
                return bad(path_, fmt::format("the user's {} is not supported: an operator runs no login program; use "
                                              "a token, a token file or a client certificate",
                                              plugin));
            }
        }
        auto certificate = material(user, "client-certificate");
        if (!certificate) return certificate.error();
        auto key = material(user, "client-key");
        if (!key) return key.error();
        config_.clientCertificatePem = std::move(*certificate);
        config_.clientKeyPem = std::move(*key);
        config_.bearerToken = scalar(user, "token");
        const std::string tokenFile = scalar(user, "tokenFile");
        if (!tokenFile.empty()) config_.bearerTokenFile = (fs::path{path_}.parent_path() / tokenFile).string();
        return {};
    }

    const std::string path_;
    const YAML::Node root_;
    Config config_;
};

}  // namespace

Result<Config> loadKubeconfig(const std::string& path, const std::string& context) {
    auto text = readFile(path);
    if (!text) return text.error();
    try {
        return KubeconfigReader{path, YAML::Load(*text)}.read(context);
    } catch (const YAML::Exception& problem) {
        return bad(fmt::format("{}:{}:{}", path, problem.mark.line + 1, problem.mark.column + 1),
                   "is not YAML a kubeconfig can be: " + problem.msg);
    }
}

Result<Config> loadInClusterConfig() {
    const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
    const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
    if (host == nullptr || port == nullptr) {
        return makeError(ErrorCode::InvalidArgument, "not inside a pod: KUBERNETES_SERVICE_HOST is not set");
    }
    Config config;
    const bool v6 = std::string_view{host}.find(':') != std::string_view::npos;
    config.server = fmt::format("https://{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
    auto ca = readFile(kServiceAccount / "ca.crt");
    if (!ca) return ca.error();
    config.caPem = std::move(*ca);
    config.bearerTokenFile = kServiceAccount / "token";
    auto ns = readFile(kServiceAccount / "namespace");
    config.ns = ns ? *ns : "default";
    return config;
}

Result<Config> loadConfig(const std::string& kubeconfig, const std::string& context) {
    if (!kubeconfig.empty()) return loadKubeconfig(kubeconfig, context);
    if (const char* path = std::getenv("KUBECONFIG"); path != nullptr && *path != '\0') {
        return loadKubeconfig(path, context);
    }
    if (std::getenv("KUBERNETES_SERVICE_HOST") != nullptr) return loadInClusterConfig();
    const char* home = std::getenv("HOME");
    return loadKubeconfig(fs::path{home == nullptr ? "/root" : home} / ".kube" / "config", context);
}

}  // namespace bursar::kube
