#include "operator/runtime/base/utf8.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "operator/runtime/base/result.hpp"

using namespace bursar;

TEST_CASE("bytes that are no UTF-8 are replaced, and what is stays") {
    struct Case {
        const char* what;
        std::string bytes;
        std::string wanted;
    };
    const Case cases[] = {
        {"nothing", "", ""},
        {"characters of one to four bytes", "a\u00e9\u20ac\U0001F600", "a\u00e9\u20ac\U0001F600"},
        {"an embedded zero", std::string("a\0b", 3), std::string("a\0b", 3)},
        {"Latin-1", "f\xfcr", "f\uFFFDr"},
        {"a continuation byte alone", "\x80x", "\uFFFDx"},
        {"cut off", "x\xe2\x82", "x\uFFFD\uFFFD"},
        {"longer than need be", "\xc0\xaf", "\uFFFD\uFFFD"},
        {"longer than need be, in three", "\xe0\x80\xaf", "\uFFFD\uFFFD\uFFFD"},
        {"a surrogate", "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},
        {"above U+10FFFF", "\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
        {"never a byte of UTF-8", "\xfe\xff", "\uFFFD\uFFFD"},
    };
    for (const Case& c : cases) {
        INFO(c.what);
        CHECK(toUtf8(c.bytes) == c.wanted);
        CHECK(isUtf8(c.bytes) == (c.bytes == c.wanted));
        CHECK(makeError(ErrorCode::Internal, c.bytes).message == c.wanted);
    }
}

TEST_CASE("a text is cut between characters, also behind what was replaced") {
    CHECK(boundedText("abc", 3) == "abc");
    CHECK(boundedText("abcd", 3) == "abc");
    CHECK(boundedText("a\u00e9", 2) == "a");
    CHECK(boundedText("a\u00e9", 3) == "a\u00e9");
    CHECK(boundedText("\xff\xff", 5) == "\uFFFD");  // a replacement has three bytes
    CHECK(boundedText("\U0001F600", 3).empty());
    CHECK(boundedText("x", 0).empty());
}

TEST_CASE("whatever the bytes and the bound, what comes out is UTF-8 within it, and a beginning") {
    std::mt19937 random{2026};
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes(random() % 12, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random() % 3 == 0 ? random() % 128 : 128 + random() % 128);
        const std::size_t most = random() % 16;
        CAPTURE(i, bytes, most);
        const std::string whole = toUtf8(bytes);
        const std::string cut = boundedText(bytes, most);
        CHECK(isUtf8(whole));
        CHECK(isUtf8(cut));
        CHECK(cut.size() <= most);
        CHECK(whole.starts_with(cut));
        CHECK(toUtf8(whole) == whole);
    }
}
