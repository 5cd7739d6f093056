#include <condition_variable>
#include <thread>

#include "operator/runtime/kube/informer.hpp"
#include "tests/cluster/kube/cluster.hpp"

using namespace bursar;
using namespace bursar::kube;
using namespace bursar::testing;

namespace {

// What an informer holds, waited for by its notifications.
class Followed {
  public:
    Followed(std::shared_ptr<Client> client, const std::string& ns, const std::string& selector = "")
        : informer_(std::move(client), {kConfigMaps, ns, selector}, [this](const Key*) {
              const std::lock_guard lock{mutex_};
              changed_.notify_all();
          }) {
        informer_.start();
    }
    bool becomes(const std::function<bool(const Store&)>& wanted) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return wanted(*informer_.snapshot()); });
    }
    Informer& informer() { return informer_; }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    Informer informer_;
};

}  // namespace

TEST_CASE("an informer follows what happens, and only what its selector covers") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "followed");
    for (const char* name : {"a", "b", "c"}) (void)client->remove(kConfigMaps, {ns, name}, "", "");
    REQUIRE(client->create(kConfigMaps, configMap(ns, "a", {{"v", "1"}}, {{"mine", "yes"}})));
    Followed followed{connect(), ns, "mine=yes"};
    REQUIRE(followed.becomes([&](const Store& store) { return store.contains({ns, "a"}); }));
    CHECK(followed.informer().hasSynced());
    REQUIRE(client->create(kConfigMaps, configMap(ns, "b", {{"v", "1"}}, {{"mine", "yes"}})));
    REQUIRE(client->create(kConfigMaps, configMap(ns, "c", {{"v", "1"}})));
    REQUIRE(client->mergePatch(kConfigMaps, {ns, "a"}, {{"data", {{"v", "2"}}}}, ""));
    CHECK(followed.becomes([&](const Store& store) {
        const auto a = store.find({ns, "a"});
        return store.contains({ns, "b"}) && a != store.end() && (*a->second)["data"]["v"] == "2";
    }));
    CHECK_FALSE(followed.informer().snapshot()->contains({ns, "c"}));
    // An object that loses the label is gone for this selector.
    REQUIRE(client->mergePatch(kConfigMaps, {ns, "a"}, {{"metadata", {{"labels", {{"mine", nullptr}}}}}}, ""));
    REQUIRE(client->remove(kConfigMaps, {ns, "b"}, "", ""));
    CHECK(followed.becomes([](const Store& store) { return store.empty(); }));
    followed.informer().stop();
}

TEST_CASE("many changes arrive complete and in order, through a consumer that is slower than the server") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "many");
    (void)client->remove(kConfigMaps, {ns, "counter"}, "", "");
    const auto created =
        client->create(kConfigMaps, configMap(ns, "counter", {{"v", "0"}, {"pad", std::string(50'000, 'x')}}));
    REQUIRE(created);
    WatchOptions options;
    options.ns = ns;
    options.fieldSelector = "metadata.name=counter";
    options.resourceVersion = (*created)["metadata"]["resourceVersion"];
    std::vector<int> seen;
    std::stop_source stop;
    std::jthread writer{[&] {
        for (int i = 1; i <= 200; ++i) {
            (void)client->mergePatch(kConfigMaps, {ns, "counter"}, {{"data", {{"v", std::to_string(i)}}}}, "");
        }
    }};
    const auto ended = client->watch(kConfigMaps, options, stop.get_token(), [&](const WatchEvent& event) {
        if (event.type != WatchEvent::Type::Modified) return;
        seen.push_back(std::stoi(event.object["data"]["v"].get<std::string>()));
        if (seen.back() == 200) stop.request_stop();
    });
    REQUIRE_FALSE(ended);
    CHECK(ended.error().isCancelled());
    REQUIRE(seen.size() == 200);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("a watch ends at the server's timeout without an error, and at once when it is stopped") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "quiet");
    WatchOptions options;
    options.ns = ns;
    options.timeout = std::chrono::seconds{1};
    CHECK(client->watch(kConfigMaps, options, {}, [](const WatchEvent&) {}));

    options.timeout = std::chrono::seconds{290};
    std::stop_source stop;
    std::jthread stopper{[&] { stop.request_stop(); }};
    const auto started = std::chrono::steady_clock::now();
    const auto ended = client->watch(kConfigMaps, options, stop.get_token(), [](const WatchEvent&) {});
    CHECK_FALSE(ended);
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds{5});
}

TEST_CASE("a watch that cannot begin says why") {
    auto client = connect();
    const Resource none{"bursar.dev", "v1alpha1", "nosuchthings", "NoSuchThing", true};
    const auto ended = client->watch(none, {}, {}, [](const WatchEvent&) {});
    REQUIRE_FALSE(ended);
    CHECK(ended.error().isNotFound());

    WatchOptions options;
    options.labelSelector = "a in (";
    const auto refused = client->watch(kConfigMaps, options, {}, [](const WatchEvent&) {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::InvalidArgument);
}
