#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <sstream>

#include "operator/runtime/base/bounded_text.hpp"
#include "operator/runtime/base/core_dumps.hpp"
#include "operator/runtime/base/json_text.hpp"

using namespace bursar;
using Catch::Matchers::Contains;

TEST_CASE("JSON is read up to a hundred levels") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(parseJson(nested(kMaxJsonDepth)));
    const auto deeper = parseJson(nested(kMaxJsonDepth + 1));
    REQUIRE_FALSE(deeper);
    CHECK_THAT(deeper.error().message, Contains("nested more than 100 deep"));
    CHECK(parseJson("[" + std::string(R"(["[[[","\"[[[",{}],)") + "1]"));
    CHECK(parseJson("[\"" + std::string(1000, '[') + "\"]"));  // brackets in a text are text
    CHECK_THAT(parseJson(std::string(1000, ']')).error().message, Contains("not JSON"));
    std::string wide;
    for (int i = 0; i < 1000; ++i) wide += "{},";
    CHECK(parseJson("[" + wide + "1]"));
}

TEST_CASE("the caller of the parser may leave values out, within the same bounds") {
    using nlohmann::json;
    const auto withoutObjects = [](int depth, json::parse_event_t event, json&) {
        return depth == 0 || event != json::parse_event_t::object_end;
    };
    CHECK(*parseJson(R"({"a": [{"b": 1}, 2]})", withoutObjects) == json::parse(R"({"a": [2]})"));
    CHECK_THAT(parseJson(R"({"a": [{"b": 1}, 2)", withoutObjects).error().message, Contains("not JSON"));
    CHECK_THAT(parseJson(std::string(101, '['), withoutObjects).error().message, Contains("nested more than 100 deep"));
}

TEST_CASE("what is no JSON says where") {
    const auto broken = parseJson("{\"a\": tru}");
    REQUIRE_FALSE(broken);
    CHECK_THAT(broken.error().message, Contains("line 1, column 10"));
    CHECK_FALSE(parseJson("\"\xff\""));
    CHECK_FALSE(parseJson(""));
}

TEST_CASE("a stream is read up to its bound and no further") {
    std::istringstream all{std::string(200'000, 'x')};
    CHECK(readBounded(all, 200'000)->size() == 200'000);
    std::istringstream more{std::string(200'002, 'x')};
    CHECK_FALSE(readBounded(more, 200'000));
    CHECK(static_cast<int>(more.tellg()) == 200'001);
    std::istringstream nothing;
    CHECK(readBounded(nothing, 0)->empty());
}

TEST_CASE("a process that forbids core dumps leaves none") {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        forbidCoreDumps();
        rlimit limit{1, 1};
        getrlimit(RLIMIT_CORE, &limit);
        _exit(limit.rlim_cur == 0 && limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}
