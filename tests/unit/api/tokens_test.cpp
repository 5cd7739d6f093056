#include "controllers/api/tokens.hpp"

#include <catch2/catch.hpp>

using namespace bursar::api;

TEST_CASE("quantities are read exactly, whole tokens only") {
    struct Case {
        const char* text;
        std::int64_t wanted;  // -1: refused
    };
    const Case cases[] = {
        {"0", 0},
        {"400M", 400'000'000},
        {"1500k", 1'500'000},
        {"1.2G", 1'200'000'000},
        {"12e8", 1'200'000'000},
        {"12E8", 1'200'000'000},
        {"1.5k", 1'500},
        {"1000m", 1},
        {"9P", kMaxTokens},
        {"9000000000000000", kMaxTokens},
        {"9000000000000001", -1},
        {"1E", -1},
        {"0.5", -1},
        {"100m", -1},
        {"1.0001k", -1},
        {"4Ki", -1},
        {"-1", -1},
        {"NaN", -1},
        {"1e400", -1},
        {"1e-400", -1},
        {"", -1},
        {" 1", -1},
        {"1 ", -1},
        {"1.2.3", -1},
        {"1e", -1},
        {"99999999999999999999999999999999999999999999999999999999999999999999", -1},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        const auto read = parseQuantity(std::string_view{c.text});
        CHECK((read ? *read : -1) == c.wanted);
    }
    CHECK(parseQuantity(nlohmann::json(1500)).value() == 1500);
    CHECK_FALSE(parseQuantity(nlohmann::json(0.5)).has_value());
    CHECK_FALSE(parseQuantity(nlohmann::json(-3)).has_value());
    CHECK(parseQuantity(std::string_view{"4Ki"}).error().message.find("400M") != std::string::npos);
}

TEST_CASE("amounts never wrap and never go below zero") {
    const Tokens most{INT64_MAX};
    CHECK((most + Tokens{1}) == most);
    CHECK(Tokens{3}.lessOrZero(Tokens{5}) == Tokens{0});
    CHECK(Tokens{5}.lessOrZero(Tokens{3}) == Tokens{2});
    CHECK(percentOf(kMaxTokens, 50) == kMaxTokens / 2);
    CHECK(percentOf(999, 15) == 149);  // 149.85
    CHECK(formatThousands(0) == "0");
    CHECK(formatThousands(212'000'000) == "212,000,000");
    CHECK(formatThousands(999) == "999");
}
