#include "operator/cli/text/change_text.hpp"

#include <catch2/catch.hpp>
#include <limits>

using bursar::cli::changeText;

TEST_CASE("a difference has a sign in front, and zero has none") {
    CHECK(changeText(1'000) == "+1,000");
    CHECK(changeText(-1'000) == "−1,000");
    CHECK(changeText(-1) == "−1");
    CHECK(changeText(0) == "0");
    CHECK(changeText(std::numeric_limits<std::int64_t>::min()) == "−9,223,372,036,854,775,808");
}
