#include "operator/cli/text/printable.hpp"

#include <catch2/catch.hpp>

using namespace bursar::cli;

TEST_CASE("untrusted text keeps its letters and loses control characters and direction marks") {
    CHECK(printable("Überschuß 10 €") == "Überschuß 10 €");
    CHECK(printable("a\nb\tc\x1b[31m") == "a b c [31m");
    CHECK(printable("1\xE2\x80\xAE"
                    "2") == "1 2");  // right-to-left override
    CHECK(printable("a\xE2\x80\x8B"
                    "b") == "a b");                            // zero width space
    CHECK(printable("\xC2\x85") == " ");                       // a control character of two bytes
    CHECK(printable("\xff\xC0\xAF") == "\uFFFD\uFFFD\uFFFD");  // invalid UTF-8, and an overlong slash
    CHECK(printable("\xED\xA0\x80\xE2\x82") == "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");  // a surrogate, half a character
    CHECK(printable("😀") == "😀");
}

TEST_CASE("a code span holds any text") {
    CHECK(codeSpan("plain") == "`plain`");
    CHECK(codeSpan("a`b``c") == "```a`b``c```");
    CHECK(codeSpan("`") == "`` ` ``");
    CHECK(codeSpan("") == "` `");
    CHECK(codeSpan("a|b\nc", true) == "`a/b c`");
    CHECK(codeSpan("a|b") == "`a|b`");
}

TEST_CASE("long text is cut between characters") {
    CHECK(shortened("abc", 3) == "abc");
    CHECK(shortened("abcd", 3) == "abc…");
    CHECK(shortened("aü", 2) == "a…");
}
