// TLS and credentials against the real server: what must be refused is refused.
#include "tests/cluster/kube/cluster.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace bursar;
using namespace bursar::kube;
using namespace bursar::testing;

namespace {

Result<ObjectList> listWith(Config config) { return connect(std::move(config))->list(kNamespaces, {}); }

// A self-signed authority that did not sign the server's certificate.
std::string strangersAuthority() {
    const TemporaryDirectory folder;
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
        "-subj /CN=stranger -keyout " +
        (folder.path() / "key").string() + " -out " + (folder.path() / "crt").string() + " 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    return readAll(folder.path() / "crt");
}

Json tokenFor(Client& client, const std::string& account) {
    // TokenRequest is a subresource of the service account; create() posts to the plural, which here is that path.
    const Resource tokens{"", "v1", "serviceaccounts/" + account + "/token", "TokenRequest", true};
    const auto made = client.create(tokens, {{"apiVersion", "authentication.k8s.io/v1"},
                                             {"kind", "TokenRequest"},
                                             {"metadata", {{"namespace", "bursar-system"}}},
                                             {"spec", {{"expirationSeconds", 600}}}});
    if (!made) FAIL(made.error().message);
    return (*made)["status"]["token"];
}

}  // namespace

TEST_CASE("the client certificate is let in") { CHECK(listWith(clusterConfig())); }

TEST_CASE("no credentials: unauthorized") {
    Config config = clusterConfig();
    config.clientCertificatePem.clear();
    config.clientKeyPem.clear();
    const auto refused = listWith(config);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::Unauthorized);
}

TEST_CASE("a server whose authority is another's is not talked to") {
    Config config = clusterConfig();
    config.caPem = strangersAuthority();
    const auto refused = listWith(config);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::Matchers::Contains("TLS handshake failed"));
}

TEST_CASE("without an authority the system's are used, and they did not sign this server") {
    Config config = clusterConfig();
    config.caPem.clear();
    CHECK_FALSE(listWith(config));
}

TEST_CASE("a certificate for another name is refused, the name that was asked for is checked") {
    Config config = clusterConfig();
    config.tlsServerName = "api.somewhere-else.example";
    const auto refused = listWith(config);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::Matchers::Contains("TLS handshake failed"));
    config.tlsServerName = "kubernetes.default.svc";
    CHECK(listWith(config));
}

TEST_CASE("the host of the URL must be in the certificate") {
    Config config = clusterConfig();
    const auto colon = config.server.rfind(':');
    const std::string port = config.server.substr(colon);
    config.server = "https://localhost" + port;
    CHECK(listWith(config));
    config.server = "https://127.1" + port;  // the same server by a name its certificate does not carry
    const auto refused = listWith(config);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::Matchers::Contains("TLS handshake failed"));
}

TEST_CASE("a service account's token has its rights and no more; a rotated token is read again") {
    auto admin = connect();
    const TemporaryDirectory folder;
    const std::string file = folder.write("token", "expired-or-garbage");
    Config config = clusterConfig();
    config.clientCertificatePem.clear();
    config.clientKeyPem.clear();
    config.bearerTokenFile = file;
    auto client = connect(config);
    const auto refused = client->list(kNamespaces, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::Unauthorized);

    folder.write("token", tokenFor(*admin, "bursar-operator").get<std::string>() + "\n");
    CHECK(client->list(kNamespaces, {}));  // the 401 made it read the file again

    const Resource secrets{"", "v1", "secrets", "Secret", true};
    const auto forbidden = client->list(secrets, {});
    REQUIRE_FALSE(forbidden);
    CHECK(forbidden.error().code == ErrorCode::Forbidden);
    CHECK_THAT(forbidden.error().message, Catch::Matchers::Contains("bursar-operator"));
}

TEST_CASE("an address without a listener is unavailable, not a crash") {
    Config config = clusterConfig();
    config.server = "https://127.0.0.1:1";
    const auto refused = listWith(config);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().isRetryable());
}
