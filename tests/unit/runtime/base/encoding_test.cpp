#include <catch2/catch.hpp>

#include "operator/runtime/base/base64.hpp"
#include "operator/runtime/base/sha256.hpp"

using namespace bursar;

TEST_CASE("base64 is read as Kubernetes writes it") {
    CHECK(decodeBase64("") == "");
    CHECK(decodeBase64("Zg==") == "f");
    CHECK(decodeBase64("Zm9v\nYmE=") == "fooba");
    CHECK(decodeBase64("Zm9vYmFy") == "foobar");
    CHECK_FALSE(decodeBase64("Zm9"));
    CHECK_FALSE(decodeBase64("Zm9*"));
}

TEST_CASE("SHA-256 and HMAC are those of their specifications") {
    CHECK(sha256Of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    // RFC 4231, test cases 1 and 2.
    CHECK(hmacSha256Of(std::string(20, '\x0b'), "Hi There") ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hmacSha256Of("Jefe", "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
