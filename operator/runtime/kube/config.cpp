#include "operator/runtime/kube/config.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "operator/runtime/base/base64.hpp"
#include "operator/runtime/base/utf8.hpp"
#include "operator/runtime/kube/config_source.hpp"
#include "operator/runtime/kube/kubeconfig.hpp"

namespace bursar::kube {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 4U << 20U;  // no kubeconfig or certificate is larger
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
    return child && child.IsScalar() ? toUtf8(child.as<std::string>()) : std::string{};
}

struct KubeconfigFile {
    std::string path;
    YAML::Node root;
};

// An entry of a list of a kubeconfig, and the file it is in. File names in the entry are relative to that file.
struct Entry {
    std::string path;
    YAML::Node node;
};

// Reads several kubeconfigs, merged as kubectl does: the first value of a setting counts.
class KubeconfigReader {
  public:
    explicit KubeconfigReader(std::vector<KubeconfigFile> files) : files_(std::move(files)) {
        for (const KubeconfigFile& file : files_) paths_ += (paths_.empty() ? "" : ":") + file.path;
    }

    Result<Config> read(std::string context) {
        for (const KubeconfigFile& file : files_) {
            if (file.root.IsNull()) continue;  // an empty file
            if (!file.root.IsMap()) return bad(file.path, "is not a kubeconfig (no YAML map)");
            if (context.empty()) context = scalar(file.root, "current-context");
        }
        if (context.empty()) return bad(paths_, "names no current-context; name one, or set --context");
        auto entry = named("contexts", "context", context);
        if (!entry) return entry.error();
        config_.ns = scalar(entry->node, "namespace");
        if (config_.ns.empty()) config_.ns = "default";
        const std::string userName = scalar(entry->node, "user");
        auto cluster = named("clusters", "cluster", scalar(entry->node, "cluster"));
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
    Result<Entry> named(const char* list, const char* inner, const std::string& name) const {
        for (const KubeconfigFile& file : files_) {
            const YAML::Node entries = file.root[list];
            if (!entries || !entries.IsSequence()) continue;
            for (const YAML::Node& entry : entries) {
                if (entry.IsMap() && scalar(entry, "name") == name && entry[inner])
                    return Entry{file.path, entry[inner]};
            }
        }
        return bad(paths_, fmt::format("{} has no entry named \"{}\"", list, name));
    }

    // `<name>-data` as base64, or the file `<name>` beside the kubeconfig.
    static Result<std::string> material(const Entry& entry, const std::string& name) {
        const std::string data = scalar(entry.node, (name + "-data").c_str());
        if (!data.empty()) {
            auto decoded = decodeBase64(data);
            if (!decoded) return bad(entry.path, name + "-data is not base64");
            return std::move(*decoded);
        }
        const std::string file = scalar(entry.node, name.c_str());
        if (file.empty()) return std::string{};
        return readFile(fs::path{entry.path}.parent_path() / file);
    }

    Result<void> readCluster(const Entry& cluster) {
        config_.server = scalar(cluster.node, "server");
        if (!config_.server.starts_with("https://")) {
            return bad(cluster.path, "the cluster's server must be an https:// URL");
        }
        const std::string insecure = scalar(cluster.node, "insecure-skip-tls-verify");
        if (!insecure.empty() && insecure != "false") {
            return bad(cluster.path,
                       "insecure-skip-tls-verify is not supported: give certificate-authority-data instead");
        }
        config_.tlsServerName = scalar(cluster.node, "tls-server-name");
        auto ca = material(cluster, "certificate-authority");
        if (!ca) return ca.error();
        config_.caPem = std::move(*ca);
        return {};
    }

    Result<void> readUser(const Entry& user) {
        for (const char* plugin : {"exec", "auth-provider"}) {
            if (user.node[plugin]) {
                return bad(user.path, fmt::format("the user's {} is not supported: an operator runs no login program; "
                                                  "use a token, a token file or a client certificate",
                                                  plugin));
            }
        }
        auto certificate = material(user, "client-certificate");
        if (!certificate) return certificate.error();
        auto key = material(user, "client-key");
        if (!key) return key.error();
        config_.clientCertificatePem = std::move(*certificate);
        config_.clientKeyPem = std::move(*key);
        config_.bearerToken = scalar(user.node, "token");
        const std::string tokenFile = scalar(user.node, "tokenFile");
        if (!tokenFile.empty()) config_.bearerTokenFile = (fs::path{user.path}.parent_path() / tokenFile).string();
        return {};
    }

    const std::vector<KubeconfigFile> files_;
    std::string paths_;  // all of them, for messages
    Config config_;
};

// The first current-context in these kubeconfigs; empty if no readable one has any.
std::string currentContextOf(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        const auto text = readFile(path);
        if (!text) continue;
        try {
            const YAML::Node root = YAML::Load(*text);
            if (std::string current = root.IsMap() ? scalar(root, "current-context") : ""; !current.empty())
                return current;
        } catch (const YAML::Exception&) {
            // Loading it reports what is wrong with it.
        }
    }
    return "";
}

Result<Config> loadMerged(const std::vector<std::string>& paths, const std::string& context) {
    std::vector<KubeconfigText> texts;
    for (const std::string& path : paths) {
        auto text = readFile(path);
        if (!text) return text.error();
        texts.push_back({path, std::move(*text)});
    }
    return parseKubeconfigs(texts, context);
}

// $KUBECONFIG as kubectl reads it: paths separated by `:`; those that do not exist are skipped.
std::vector<std::string> pathsOf(const std::string& variable) {
    std::vector<std::string> all;
    for (std::size_t begin = 0; begin <= variable.size();) {
        const std::size_t end = std::min(variable.find(':', begin), variable.size());
        if (end > begin) all.push_back(variable.substr(begin, end - begin));
        begin = end + 1;
    }
    std::vector<std::string> there;
    std::copy_if(all.begin(), all.end(), std::back_inserter(there), [](const std::string& path) {
        std::error_code ignored;
        return fs::exists(path, ignored);
    });
    return there.empty() ? all : there;  // if none exists, the error names the first
}

// The files kubectl would choose; none inside a pod.
std::vector<std::string> chosenFiles(const std::string& kubeconfig) {
    if (!kubeconfig.empty()) return {kubeconfig};
    if (const char* variable = std::getenv("KUBECONFIG"); variable != nullptr && *variable != '\0') {
        if (auto paths = pathsOf(variable); !paths.empty()) return paths;
    }
    if (std::getenv("KUBERNETES_SERVICE_HOST") != nullptr) return {};
    const char* home = std::getenv("HOME");
    return {(fs::path{home == nullptr ? "/root" : home} / ".kube" / "config").string()};
}

}  // namespace

Result<Config> parseKubeconfigs(const std::vector<KubeconfigText>& texts, const std::string& context) {
    std::vector<KubeconfigFile> files;
    for (const auto& [path, text] : texts) {
        try {
            files.push_back({path, YAML::Load(text)});
        } catch (const YAML::Exception& problem) {
            return bad(fmt::format("{}:{}:{}", path, problem.mark.line + 1, problem.mark.column + 1),
                       "is not YAML a kubeconfig can be: " + problem.msg);
        }
    }
    try {
        return KubeconfigReader{std::move(files)}.read(context);
    } catch (const YAML::Exception& problem) {
        return bad(texts.front().path, "is not YAML a kubeconfig can be: " + problem.msg);
    }
}

Result<Config> loadKubeconfig(const std::string& path, const std::string& context) {
    return loadMerged({path}, context);
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
    const std::vector<std::string> files = chosenFiles(kubeconfig);
    return files.empty() ? loadInClusterConfig() : loadMerged(files, context);
}

ConfigSource configSource(const std::string& kubeconfig, const std::string& context) {
    const std::string chosen = context.empty() ? currentContextOf(chosenFiles(kubeconfig)) : context;
    return [kubeconfig, chosen] { return loadConfig(kubeconfig, chosen); };
}

}  // namespace bursar::kube
