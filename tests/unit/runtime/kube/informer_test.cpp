#include "operator/runtime/kube/informer.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>

#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::kube;
using bursar::testing::FakeClient;

namespace {

const Resource kThings{"example.com", "v1", "things", "Thing", true};

Json thing(const std::string& name, const std::string& version, int value = 0) {
    return {{"metadata", {{"name", name}, {"namespace", "ns"}, {"resourceVersion", version}}}, {"value", value}};
}

ObjectList listOf(std::vector<Json> items, std::string version) { return {std::move(items), std::move(version)}; }

// Waits for what the informer's thread did, by its own notifications.
class Watcher {
  public:
    std::function<void(const Key*)> callback() {
        return [this](const Key*) {
            const std::lock_guard lock{mutex_};
            ++changes_;
            changed_.notify_all();
        };
    }
    void waitFor(int changes) {
        std::unique_lock lock{mutex_};
        REQUIRE(changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return changes_ >= changes; }));
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int changes_ = 0;
};

std::vector<std::string> namesIn(const Informer& informer) {
    std::vector<std::string> names;
    const auto store = informer.snapshot();
    for (const auto& [key, object] : *store) names.push_back(key.toString());
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("lists, then follows the watch from where the list ended") {
    auto client = std::make_shared<FakeClient>();
    Watcher watcher;
    client->onNextList(listOf({thing("a", "5"), thing("b", "6")}, "7"));
    client->onNextWatch([](const WatchOptions& options, const auto& onEvent) -> Result<void> {
        CHECK(options.resourceVersion == "7");
        onEvent({WatchEvent::Type::Modified, thing("a", "8", 42)});
        onEvent({WatchEvent::Type::Deleted, thing("b", "9")});
        onEvent({WatchEvent::Type::Added, thing("c", "10")});
        return {};
    });
    std::atomic<bool> resumed = false;
    client->onNextWatch([&](const WatchOptions& options, const auto& onEvent) -> Result<void> {
        resumed = options.resourceVersion == "10";  // a watch that ended is resumed, not listed again
        onEvent({WatchEvent::Type::Added, thing("d", "11")});
        return {};
    });
    Informer informer{client, {kThings, "", ""}, watcher.callback()};
    CHECK_FALSE(informer.hasSynced());
    CHECK(informer.snapshot()->empty());
    informer.start();
    watcher.waitFor(5);
    CHECK(informer.hasSynced());
    CHECK(resumed);
    CHECK(namesIn(informer) == Names{"ns/a", "ns/c", "ns/d"});
    CHECK((*informer.snapshot()->at({"ns", "a"}))["value"] == 42);
    informer.stop();
}

TEST_CASE("bookmarks move the place to resume from and change nothing") {
    auto client = std::make_shared<FakeClient>();
    Watcher watcher;
    client->onNextList(listOf({thing("a", "5")}, "7"));
    client->onNextWatch([](const WatchOptions&, const auto& onEvent) -> Result<void> {
        onEvent({WatchEvent::Type::Bookmark, {{"metadata", {{"resourceVersion", "99"}}}}});
        return {};
    });
    std::string from;
    client->onNextWatch([&](const WatchOptions& options, const auto& onEvent) -> Result<void> {
        from = options.resourceVersion;
        onEvent({WatchEvent::Type::Added, thing("b", "100")});
        return {};
    });
    Informer informer{client, {kThings, "", ""}, watcher.callback()};
    informer.start();
    watcher.waitFor(2);
    informer.stop();
    CHECK(from == "99");
    CHECK(namesIn(informer) == Names{"ns/a", "ns/b"});
}

TEST_CASE("410 Gone lists again, and replaces the copy at once") {
    auto client = std::make_shared<FakeClient>();
    Watcher watcher;
    client->onNextList(listOf({thing("a", "5"), thing("b", "6")}, "7"));
    client->onNextWatch([](const WatchOptions&, const auto&) -> Result<void> {
        return makeError(ErrorCode::Gone, "too old resource version");
    });
    client->onNextList(listOf({thing("b", "60"), thing("c", "61")}, "70"));
    Informer informer{client, {kThings, "", ""}, watcher.callback()};
    informer.start();
    watcher.waitFor(2);
    CHECK(namesIn(informer) == Names{"ns/b", "ns/c"});
    informer.stop();
}

TEST_CASE("each list after the first one is told") {
    auto client = std::make_shared<FakeClient>();
    Watcher watcher;
    std::atomic<int> relists = 0;
    client->onNextList(listOf({thing("a", "1")}, "2"));
    client->onNextWatch(
        [](const WatchOptions&, const auto&) -> Result<void> { return makeError(ErrorCode::Gone, "too old"); });
    client->onNextList(listOf({thing("b", "3")}, "4"));
    Informer informer{client, {kThings, "", "", [&] { ++relists; }}, watcher.callback()};
    informer.start();
    watcher.waitFor(2);
    informer.stop();
    CHECK(relists == 1);
}

TEST_CASE("410 again and again, or watches that end at once, are failures: said, and tried with backoff") {
    for (const bool gone : {true, false}) {
        auto client = std::make_shared<FakeClient>();
        Watcher watcher;
        std::atomic<int> watches = 0;
        for (int i = 0; i < 50; ++i) {
            client->onNextList(listOf({thing("a", "5")}, "7"));
            client->onNextWatch([&](const WatchOptions&, const auto&) -> Result<void> {
                ++watches;
                if (gone) return makeError(ErrorCode::Gone, "too old resource version");
                return {};
            });
        }
        Informer informer{client, {kThings, "", ""}, watcher.callback()};
        informer.start();
        while (watches < 4) std::this_thread::yield();
        CHECK_FALSE(informer.lastError().empty());
        informer.stop();
        CHECK(watches < 10);  // without a pause they would all be gone by now
    }
}

TEST_CASE("a watch that begins is well, whatever was before") {
    auto client = std::make_shared<FakeClient>();
    Watcher watcher;
    client->onNextList(listOf({thing("a", "5")}, "7"));
    client->onNextWatch([](const WatchOptions&, const auto&) -> Result<void> {
        return makeError(ErrorCode::Unavailable, "connection refused");
    });
    Informer* pointer = nullptr;
    std::string before;
    std::string after;
    client->onNextWatch([&](const WatchOptions& options, const auto& onEvent) -> Result<void> {
        before = pointer->lastError();
        onEvent({WatchEvent::Type::Bookmark, {{"metadata", {{"resourceVersion", options.resourceVersion}}}}});
        after = pointer->lastError();
        onEvent({WatchEvent::Type::Added, thing("b", "8")});
        return {};
    });
    Informer informer{client, {kThings, "", ""}, watcher.callback()};
    pointer = &informer;
    informer.start();
    watcher.waitFor(2);
    informer.stop();
    CHECK(before == "connection refused");
    CHECK(after.empty());
}

TEST_CASE("an error never empties the copy, and says what is wrong until it is over") {
    auto client = std::make_shared<FakeClient>();
    Watcher watcher;
    client->onNextList(makeError(ErrorCode::Forbidden, "things is forbidden"));
    client->onNextList(listOf({thing("a", "5")}, "7"));
    Informer* pointer = nullptr;
    std::string during;
    client->onNextWatch([](const WatchOptions&, const auto&) -> Result<void> {
        return makeError(ErrorCode::Unavailable, "connection refused");
    });
    client->onNextWatch([&](const WatchOptions& options, const auto& onEvent) -> Result<void> {
        during = pointer->lastError();
        CHECK(options.resourceVersion == "7");
        CHECK(namesIn(*pointer) == Names{"ns/a"});
        onEvent({WatchEvent::Type::Added, thing("b", "8")});
        return {};
    });
    Informer informer{client, {kThings, "", ""}, watcher.callback()};
    pointer = &informer;
    informer.start();
    watcher.waitFor(2);
    informer.stop();
    CHECK(during == "connection refused");
}

TEST_CASE("a snapshot never changes under its reader") {
    auto client = std::make_shared<FakeClient>();
    Watcher watcher;
    client->onNextList(listOf({thing("a", "5")}, "7"));
    Informer informer{client, {kThings, "", ""}, watcher.callback()};
    informer.start();
    watcher.waitFor(1);
    const auto before = informer.snapshot();
    client->onNextWatch([](const WatchOptions&, const auto& onEvent) -> Result<void> {
        onEvent({WatchEvent::Type::Deleted, thing("a", "8")});
        return {};
    });
    watcher.waitFor(2);
    CHECK(before->size() == 1);
    CHECK(informer.snapshot()->empty());
    informer.stop();
}

TEST_CASE("a modification that does not matter is stored, and onChange is not called") {
    auto client = std::make_shared<FakeClient>();
    Watcher watcher;
    client->onNextList(listOf({thing("a", "5")}, "5"));
    client->onNextWatch([](const WatchOptions&, const auto& onEvent) -> Result<void> {
        Json ours = thing("a", "6");
        ours["status"] = {{"phase", "Active"}};
        onEvent({WatchEvent::Type::Modified, ours});
        onEvent({WatchEvent::Type::Modified, thing("a", "7", 1)});
        return {};
    });
    InformerOptions options{kThings, "", ""};
    options.matters = changedBeyondStatus;
    std::mutex mutex;
    std::vector<std::string> versions;
    const auto note = watcher.callback();
    Informer informer{client, options, [&](const Key* key) {
                          if (key != nullptr) {
                              const std::lock_guard lock{mutex};
                              const auto store = informer.snapshot();
                              versions.push_back(store->at(*key)->at("metadata")["resourceVersion"]);
                          }
                          note(key);
                      }};
    informer.start();
    watcher.waitFor(2);
    informer.stop();
    CHECK(versions == std::vector<std::string>{"7"});
}

TEST_CASE("what changes an object beyond its status") {
    const Json before = {
        {"metadata", {{"name", "a"}, {"resourceVersion", "1"}, {"generation", 1}, {"managedFields", {1}}}},
        {"spec", {{"tokens", 1}}},
        {"status", {{"consumed", 1}}}};
    const auto with = [&](const char* pointer, Json value) {
        Json after = before;
        after[Json::json_pointer{pointer}] = std::move(value);
        return after;
    };
    CHECK_FALSE(changedBeyondStatus(before, before));
    CHECK_FALSE(changedBeyondStatus(before, with("/status/consumed", 2)));
    CHECK_FALSE(changedBeyondStatus(before, with("/metadata/resourceVersion", "2")));
    CHECK_FALSE(changedBeyondStatus(before, with("/metadata/managedFields", {2})));
    CHECK(changedBeyondStatus(before, with("/spec/tokens", 2)));
    CHECK(changedBeyondStatus(before, with("/metadata/generation", 2)));
    CHECK(changedBeyondStatus(before, with("/metadata/labels", {{"team", "b"}})));
    CHECK(changedBeyondStatus(before, with("/metadata/deletionTimestamp", "2026-11-02T00:00:00Z")));
    CHECK(changedBeyondStatus(with("/metadata/finalizers", {"x"}), before));
    CHECK(changedBeyondStatus(with("/data", "x"), before));
}

TEST_CASE("a step that throws is reported, and the watch is resumed") {
    auto client = std::make_shared<FakeClient>();
    Watcher watcher;
    client->onNextList(listOf({thing("a", "5")}, "5"));
    client->onNextWatch([](const WatchOptions&, const auto&) -> Result<void> { throw std::runtime_error("boom"); });
    client->onNextWatch([](const WatchOptions& options, const auto& onEvent) -> Result<void> {
        CHECK(options.resourceVersion == "5");
        onEvent({WatchEvent::Type::Added, thing("b", "6")});
        return {};
    });
    std::atomic<int> told = 0;
    InformerOptions options{kThings, "", ""};
    options.onException = [&](const std::string&) { ++told; };
    Informer informer{client, options, watcher.callback()};
    informer.start();
    watcher.waitFor(2);
    informer.stop();
    CHECK(namesIn(informer) == Names{"ns/a", "ns/b"});
    CHECK(told == 1);
}
