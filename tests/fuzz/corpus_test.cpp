// The fuzzer's corpus as an ordinary test: what it found once stays mended, with every compiler and sanitizer.
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>

#include "tests/support/temporary_directory.hpp"

extern const char* const kCorpus;  // its folder
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

TEST_CASE("every input of the corpus is survived") {
    std::size_t inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator{kCorpus}) {
        const std::string text = bursar::testing::readAll(entry.path());
        INFO(entry.path());
        CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) == 0);
        // Cut short, as an interrupted download leaves it.
        for (std::size_t cut = 0; cut < text.size(); cut += 1 + text.size() / 50) {
            CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), cut) == 0);
        }
        ++inputs;
    }
    CHECK(inputs > 10);
}
