#include "operator/runtime/kube/line_cutter.hpp"

#include <catch2/catch.hpp>

using bursar::kube::LineCutter;

TEST_CASE("lines are cut wherever the bytes were split") {
    const std::string stream = "{\"a\":1}\n\n{\"b\":\"x\\ny\"}\n{\"c\":3}\n";
    for (std::size_t size = 1; size <= stream.size(); ++size) {
        LineCutter cutter{100};
        std::vector<std::string> lines;
        for (std::size_t at = 0; at < stream.size(); at += size) {
            REQUIRE(cutter.feed(std::string_view{stream}.substr(at, size), lines));
        }
        CHECK(lines == std::vector<std::string>{"{\"a\":1}", "{\"b\":\"x\\ny\"}", "{\"c\":3}"});
    }
}

TEST_CASE("a line that does not end is not handed out") {
    LineCutter cutter{100};
    std::vector<std::string> lines;
    CHECK(cutter.feed("{\"a\":", lines));
    CHECK(lines.empty());
    CHECK(cutter.feed("1}\n", lines));
    CHECK(lines.size() == 1);
}

TEST_CASE("a line beyond the bound ends the stream") {
    LineCutter cutter{10};
    std::vector<std::string> lines;
    CHECK(cutter.feed("12345", lines));
    CHECK_FALSE(cutter.feed("67890123", lines));
}
