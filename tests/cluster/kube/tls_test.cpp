// TLS as Bursar's three kinds of peers meet it: the API server, a usage source with an authority of its own, and a
// webhook, which the system's authorities vouch for. The servers are real; each is wrong in one way.
#include "tests/support/tls_server.hpp"

#include <cstdlib>

#include "operator/runtime/http/http.hpp"
#include "tests/cluster/kube/cluster.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace bursar;
using namespace bursar::testing;
using Catch::Matchers::Contains;

namespace {

const std::string kOurName = "DNS:localhost,IP:127.0.0.1";

void answerEmptyObject(const TlsServer::Write& write) {
    write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
}

// The authorities of the system, for as long as it lives.
class SystemAuthority {
  public:
    explicit SystemAuthority(const std::string& pem) {
        ::setenv("SSL_CERT_FILE", folder_.write("ca.pem", pem).c_str(), 1);
        ::setenv("SSL_CERT_DIR", folder_.path().c_str(), 1);
    }
    ~SystemAuthority() {
        ::unsetenv("SSL_CERT_FILE");
        ::unsetenv("SSL_CERT_DIR");
    }

  private:
    const TemporaryDirectory folder_;
};

struct Told {
    const char* by;
    std::string error;  // empty: it talked to the server
};

// What the three of them say of a server, each told to trust `authority`.
std::vector<Told> talkTo(const std::string& url, const std::string& authority) {
    const auto told = [](const char* by, const auto& result) { return Told{by, result ? "" : result.error().message}; };
    const SystemAuthority system{authority};
    kube::Config config;
    config.server = url;
    config.caPem = authority;
    http::HttpRequest query;
    query.url = url + "/api/v1/query";
    query.caPem = authority;
    http::HttpPost post;
    post.url = url + "/hook";
    post.body = "{}";
    return {told("the API client", connect(config)->get(kNamespaces, {"", "default"})),
            told("a usage source", http::postForm(query)), told("a webhook", http::postBody(post))};
}

}  // namespace

TEST_CASE("a server is talked to whose certificate the authority signed for its name") {
    const Identity authority = makeAuthority();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const TlsServer server{makeIdentity(kOurName, &authority), answerEmptyObject, version};
        for (const Told& told : talkTo(server.url(), pemOf(authority))) {
            INFO(told.by);
            CHECK(told.error.empty());
        }
    }
}

TEST_CASE("any other server is refused, and the error says why") {
    const Identity authority = makeAuthority();
    const Identity stranger = makeAuthority();
    using std::chrono::hours;
    struct Case {
        Identity identity;
        int newestVersion;
        const char* why;
    };
    const Case cases[] = {
        {makeIdentity(kOurName, &authority), TLS1_1_VERSION, "the server speaks no TLS 1.2 or newer"},
        {makeIdentity(kOurName, &authority, {hours{-2}, hours{-1}}), TLS1_3_VERSION, "certificate has expired"},
        {makeIdentity(kOurName, &authority, {hours{1}, hours{2}}), TLS1_3_VERSION,
         "is not valid yet; check both clocks"},
        {makeIdentity("DNS:example.com,IP:127.0.0.2", &authority), TLS1_3_VERSION, "does not name this host"},
        {makeIdentity(kOurName, &stranger), TLS1_3_VERSION, "is not signed by the configured authority"},
        {makeIdentity(kOurName, nullptr), TLS1_3_VERSION, "is signed by itself"},
    };
    for (const Case& each : cases) {
        const TlsServer server{each.identity, answerEmptyObject, each.newestVersion};
        for (const Told& told : talkTo(server.url(), pemOf(authority))) {
            INFO(told.by << ", " << each.why);
            CHECK_THAT(told.error, Contains("TLS handshake failed") && Contains(each.why));
        }
    }
}

TEST_CASE("an answer that comes in byte by byte is given up at the deadline") {
    const Identity authority = makeAuthority();
    const TlsServer server{makeIdentity(kOurName, &authority), [](const TlsServer::Write& write) {
                               write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                               const std::string chunk = "1\r\n \r\n";
                               for (int i = 0; i < 600 && write(chunk); ++i) {
                                   std::this_thread::sleep_for(std::chrono::milliseconds{20});
                               }
                           }};
    using std::chrono::seconds;
    const auto stopSoon = [](std::stop_source stop) {
        return std::jthread{[stop]() mutable {
            std::this_thread::sleep_for(std::chrono::milliseconds{200});
            stop.request_stop();
        }};
    };
    const auto begun = std::chrono::steady_clock::now();
    SECTION("of a usage source") {
        http::HttpRequest query;
        query.url = server.url();
        query.caPem = pemOf(authority);
        query.timeout = seconds{1};
        const auto late = http::postForm(query);
        REQUIRE_FALSE(late);
        CHECK(late.error().code == ErrorCode::Timeout);
        CHECK_THAT(late.error().message, Contains("the answer was not complete within 1 s"));
    }
    SECTION("of a usage source, after a stop") {
        std::stop_source stop;
        const auto stopper = stopSoon(stop);
        http::HttpRequest query;
        query.url = server.url();
        query.caPem = pemOf(authority);
        query.stop = stop.get_token();
        const auto cancelled = http::postForm(query);
        REQUIRE_FALSE(cancelled);
        CHECK(cancelled.error().isCancelled());
    }
    SECTION("of the API server") {
        kube::Config config;
        config.server = server.url();
        config.caPem = pemOf(authority);
        kube::ClientOptions options;
        options.requestTimeout = seconds{1};
        const auto client = kube::Client::create(config, options);
        REQUIRE(client);
        const auto late = (*client)->list(kNamespaces, {});
        REQUIRE_FALSE(late);
        CHECK(late.error().code == ErrorCode::Timeout);
        CHECK_THAT(late.error().message, Contains("GET /api/v1/namespaces") && Contains("not complete within 1 s"));
    }
    SECTION("of an API server, after a stop") {
        std::stop_source stop;
        kube::Config config;
        config.server = server.url();
        config.caPem = pemOf(authority);
        kube::ClientOptions options;
        options.stop = stop.get_token();
        const auto client = kube::Client::create(config, options);
        REQUIRE(client);
        const auto stopper = stopSoon(stop);
        const auto cancelled = (*client)->list(kNamespaces, {});
        REQUIRE_FALSE(cancelled);
        CHECK(cancelled.error().isCancelled());
    }
    CHECK(std::chrono::steady_clock::now() - begun < seconds{5});
}

TEST_CASE("an answer without an end is cut off at the bound, whatever it said of its length") {
    const Identity authority = makeAuthority();
    const TlsServer server{makeIdentity(kOurName, &authority), [](const TlsServer::Write& write) {
                               write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                               const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
                               for (int i = 0; i < 10'000 && write(chunk); ++i) {
                               }
                           }};
    http::HttpRequest query;
    query.url = server.url();
    query.caPem = pemOf(authority);
    query.maxBytes = 1'000'000;
    const auto refused = http::postForm(query);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Contains("the answer is larger than 1000000 bytes"));
}
