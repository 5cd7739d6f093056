#include "operator/runtime/kube/config_source.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.hpp"

using namespace bursar;
using bursar::kube::loadConfig;
using bursar::kube::loadKubeconfig;
using bursar::testing::TemporaryDirectory;
using Catch::Matchers::Contains;

namespace {

std::string kubeconfig(const std::string& cluster, const std::string& user) {
    return "apiVersion: v1\nkind: Config\ncurrent-context: one\n"
           "contexts:\n- name: one\n  context: {cluster: c, user: u, namespace: team-a}\n"
           "- name: lost\n  context: {cluster: nowhere, user: u}\n"
           "clusters:\n- name: c\n  cluster: " +
           cluster + "\nusers:\n- name: u\n  user: " + user + "\n";
}

std::string messageOf(const Result<kube::Config>& result) {
    REQUIRE_FALSE(result.has_value());
    return result.error().message;
}

const std::string kServer = "{server: \"https://api.example.com:6443\"}";

}  // namespace

TEST_CASE("a kubeconfig with everything inline") {
    const TemporaryDirectory folder;
    const auto path = folder.write(
        "config",
        kubeconfig("{server: \"https://10.0.0.1:6443\", certificate-authority-data: Y2E=, tls-server-name: api}",
                   "{client-certificate-data: Y2VydA==, client-key-data: a2V5, token: secret}"));
    const auto config = loadKubeconfig(path, "");
    REQUIRE(config);
    CHECK(config->server == "https://10.0.0.1:6443");
    CHECK(config->caPem == "ca");
    CHECK(config->clientCertificatePem == "cert");
    CHECK(config->clientKeyPem == "key");
    CHECK(config->bearerToken == "secret");
    CHECK(config->tlsServerName == "api");
    CHECK(config->ns == "team-a");
}

TEST_CASE("files are found beside the kubeconfig, as kubectl does") {
    const TemporaryDirectory folder;
    folder.write("ca.crt", "authority");
    folder.write("me.crt", "certificate");
    folder.write("me.key", "key");
    const auto path =
        folder.write("config", kubeconfig("{server: \"https://a\", certificate-authority: ca.crt}",
                                          "{client-certificate: me.crt, client-key: me.key, tokenFile: token}"));
    const auto config = loadKubeconfig(path, "one");
    REQUIRE(config);
    CHECK(config->caPem == "authority");
    CHECK(config->clientCertificatePem == "certificate");
    CHECK(config->bearerTokenFile == (folder.path() / "token").string());
}

TEST_CASE("errors name the file and the entry") {
    const TemporaryDirectory folder;
    const auto good = folder.write("good", kubeconfig(kServer, "{}"));
    CHECK_THAT(messageOf(loadKubeconfig(good, "two")),
               Contains(good) && Contains("contexts has no entry named \"two\""));
    CHECK_THAT(messageOf(loadKubeconfig(good, "lost")), Contains("clusters has no entry named \"nowhere\""));
    CHECK_THAT(messageOf(loadKubeconfig(folder.path() / "none", "")), Contains("none: cannot be read"));
    const auto broken = folder.write("broken", "clusters:\n- name: [\n");
    CHECK_THAT(messageOf(loadKubeconfig(broken, "")), Contains("broken:3:"));
    const auto list = folder.write("list", "- 1\n");
    CHECK_THAT(messageOf(loadKubeconfig(list, "")), Contains("is not a kubeconfig"));
    const auto bare = folder.write("bare", "clusters: []\n");
    CHECK_THAT(messageOf(loadKubeconfig(bare, "")), Contains("names no current-context"));
    const auto data =
        folder.write("data", kubeconfig("{server: \"https://a\", certificate-authority-data: \"**\"}", "{}"));
    CHECK_THAT(messageOf(loadKubeconfig(data, "")), Contains("certificate-authority-data is not base64"));
}

TEST_CASE("what would weaken security is refused with a reason") {
    const TemporaryDirectory folder;
    const auto insecure =
        folder.write("i", kubeconfig("{server: \"https://a\", insecure-skip-tls-verify: true}", "{}"));
    CHECK_THAT(messageOf(loadKubeconfig(insecure, "")), Contains("give certificate-authority-data instead"));
    const auto plain = folder.write("p", kubeconfig("{server: \"http://a\"}", "{}"));
    CHECK_THAT(messageOf(loadKubeconfig(plain, "")), Contains("must be an https:// URL"));
    const auto plugin = folder.write("e", kubeconfig(kServer, "{exec: {command: aws}}"));
    CHECK_THAT(messageOf(loadKubeconfig(plugin, "")), Contains("exec is not supported"));
}

TEST_CASE("a kubeconfig of any size and form is read or refused, and neither takes long") {
    const TemporaryDirectory folder;
    const auto big = folder.write("big", std::string((4U << 20U) + 1, '#'));
    CHECK_THAT(messageOf(loadKubeconfig(big, "")), Contains("is larger than 4 MiB"));
    for (const std::string& deep : {std::string(100'000, '['), std::string(100'000, '{')}) {
        CHECK_THAT(messageOf(loadKubeconfig(folder.write("deep", deep), "")),
                   Contains("is not YAML a kubeconfig can be"));
    }
    std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
    for (char c = 'b'; c <= 'z'; ++c) {
        const std::string before{'*', static_cast<char>(c - 1), ','};
        laughs += std::string{c} + ": &" + std::string{c} + " [";
        for (int i = 0; i < 10; ++i) laughs += before;
        laughs += "]\n";
    }
    CHECK_THAT(messageOf(loadKubeconfig(folder.write("laughs", laughs + "current-context: *z\n"), "")),
               Contains("names no current-context"));
}

TEST_CASE("a secret never appears in an error") {
    const TemporaryDirectory folder;
    const auto path =
        folder.write("s", kubeconfig("{server: \"http://a\"}", "{token: top-secret, client-key-data: \"&&\"}"));
    CHECK_THAT(messageOf(loadKubeconfig(path, "")), !Contains("top-secret"));
}

TEST_CASE("the kubeconfig given wins over the environment") {
    const TemporaryDirectory folder;
    const auto path = folder.write("config", kubeconfig("{server: \"https://given\"}", "{}"));
    const auto other = folder.write("other", kubeconfig("{server: \"https://environment\"}", "{}"));
    ::setenv("KUBECONFIG", other.c_str(), 1);
    CHECK(loadConfig(path, "")->server == "https://given");
    CHECK(loadConfig("", "")->server == "https://environment");
    ::unsetenv("KUBECONFIG");
}

TEST_CASE("several files of KUBECONFIG are merged as kubectl does: the first that says something counts") {
    const TemporaryDirectory folder;
    std::filesystem::create_directory(folder.path() / "sub");
    folder.write("sub/ca.crt", "authority");
    const auto contexts = folder.write(
        "contexts",
        "current-context: two\ncontexts:\n- name: two\n  context: {cluster: c, user: u, namespace: team-b}\n");
    const auto rest = folder.write(
        "sub/rest", kubeconfig("{server: \"https://rest\", certificate-authority: ca.crt}", "{token: secret}"));
    ::setenv("KUBECONFIG", (contexts + ":" + (folder.path() / "gone").string() + "::" + rest).c_str(), 1);
    const auto merged = loadConfig("", "");
    const auto other = loadConfig("", "one");
    const auto unknown = loadConfig("", "three");
    ::setenv("KUBECONFIG", (folder.path() / "gone").c_str(), 1);
    const auto none = loadConfig("", "");
    ::unsetenv("KUBECONFIG");
    REQUIRE(merged);
    CHECK(merged->ns == "team-b");
    CHECK(merged->server == "https://rest");
    CHECK(merged->caPem == "authority");
    CHECK(merged->bearerToken == "secret");
    REQUIRE(other);
    CHECK(other->ns == "team-a");
    CHECK_THAT(messageOf(unknown), Contains(contexts + ":" + rest) && Contains("no entry named \"three\""));
    CHECK_THAT(messageOf(none), Contains("gone: cannot be read"));
}

TEST_CASE("a configuration that is read again keeps to the context that was current first") {
    const TemporaryDirectory folder;
    const std::string rest =
        "contexts:\n- name: one\n  context: {cluster: c, user: u, namespace: team-a}\n"
        "- name: two\n  context: {cluster: c, user: u, namespace: team-b}\n"
        "clusters:\n- name: c\n  cluster: {server: \"https://a\"}\n"
        "users:\n- name: u\n  user: {token: ";
    const auto path = folder.write("config", "current-context: one\n" + rest + "first}\n");
    const kube::ConfigSource current = kube::configSource(path, "");
    const kube::ConfigSource given = kube::configSource(path, "two");
    CHECK(current()->bearerToken == "first");
    folder.write("config", "current-context: two\n" + rest + "second}\n");
    CHECK(current()->bearerToken == "second");
    CHECK(current()->ns == "team-a");
    CHECK(given()->ns == "team-b");
    folder.write("config", "{");
    CHECK_THAT(messageOf(current()), Contains("is not YAML"));
}
