#include "operator/runtime/kube/leader_election.hpp"

#include "tests/cluster/kube/cluster.hpp"

using namespace bursar;
using namespace bursar::kube;
using namespace bursar::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// A replica with connections of its own: one for its lease, and one that its fence guards.
class Replica {
  public:
    Replica(const std::string& ns, const std::string& identity)
        : fence_(std::make_shared<Fence>(clock_)),
          elector_(connect(), clock_, {ns, "bursar", identity, seconds{2}, milliseconds{1500}, milliseconds{200}},
                   fence_, {[](const std::string&) {}, [](const Error&) {}}) {
        ClientOptions options;
        options.fence = fence_;
        auto client = Client::create(clusterConfig(), options);
        if (!client) FAIL(client.error().message);
        client_ = *client;
    }

    bool leads() { return elector_.waitWhile(Standing::Candidate, {}) == Standing::Leader; }
    Standing standing() const { return elector_.standing(); }
    Result<void> stop(bool release) { return elector_.stop(release); }
    Client& client() { return *client_; }

  private:
    SystemClock clock_;
    std::shared_ptr<Fence> fence_;
    LeaderElector elector_;
    std::shared_ptr<Client> client_;
};

std::string leaseNamespace(Client& client, const std::string& name) {
    const std::string ns = freshNamespace(client, name);
    (void)client.remove(leases(), {ns, "bursar"}, "", "");
    for (const char* mark : {"a", "b"}) (void)client.remove(kConfigMaps, {ns, mark}, "", "");
    return ns;
}

Result<Json> mark(Replica& replica, const std::string& ns, const std::string& name) {
    return replica.client().create(kConfigMaps, configMap(ns, name, {{"by", name}}));
}

}  // namespace

TEST_CASE("a lease is handed over at once, and only its holder writes") {
    auto client = connect();
    const std::string ns = leaseNamespace(*client, "hand-over");
    Replica a{ns, "a"};
    REQUIRE(a.leads());
    Replica b{ns, "b"};
    CHECK(mark(a, ns, "a"));
    const auto refused = mark(b, ns, "b");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().isCancelled());
    CHECK(b.client().get(kConfigMaps, {ns, "a"}));  // a candidate may read
    const auto asked = std::chrono::steady_clock::now();
    REQUIRE(a.stop(true));
    REQUIRE(b.leads());
    CHECK(std::chrono::steady_clock::now() - asked < seconds{2});
    CHECK(mark(b, ns, "b"));
    CHECK_FALSE(a.client().mergePatch(kConfigMaps, {ns, "b"}, {{"data", {{"by", "a"}}}}, ""));
    CHECK_FALSE(a.client().remove(kConfigMaps, {ns, "b"}, "", ""));
    CHECK((*client->get(kConfigMaps, {ns, "b"}))["data"]["by"] == "b");
    const auto lease = client->get(leases(), {ns, "bursar"});
    REQUIRE(lease);
    CHECK(leaseRecordOf(*lease).holder == "b");
    CHECK(leaseRecordOf(*lease).transitions == 1);
}

TEST_CASE("a leader that is gone without a word is followed when its lease expires, and has stopped writing by then") {
    auto client = connect();
    const std::string ns = leaseNamespace(*client, "expiry");
    Replica a{ns, "a"};
    REQUIRE(a.leads());
    Replica b{ns, "b"};
    REQUIRE(a.stop(false));
    const auto gone = std::chrono::steady_clock::now();
    REQUIRE(b.leads());
    const auto took = std::chrono::steady_clock::now() - gone;
    CHECK(took > milliseconds{1500});  // not before its term was over
    CHECK(took < seconds{5});
    CHECK(a.standing() == Standing::Deposed);
    CHECK_FALSE(mark(a, ns, "a"));
    CHECK(mark(b, ns, "b"));
}
