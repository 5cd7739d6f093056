// The fuzzer's corpus as an ordinary test: what it found once stays fixed, with every compiler and sanitizer. And a
// bounded search from there, the same in each run: a change that did not cause a failure does not see one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.hpp"

extern const char* const kCorpus;  // its folder
extern const int kSearch;          // inputs that are made of it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMostBytes = 4096;  // as hack/fuzz.sh
constexpr std::string_view kTelling{"\0\"'{}[]:,-+.%*&#\n\r\t\\ 09aZ~\x7f\x80\xff", 29};

int run(const std::string& text) {
    return LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

// By path: a folder has no order.
std::map<std::filesystem::path, std::string> corpus() {
    std::map<std::filesystem::path, std::string> inputs;
    for (const auto& entry : std::filesystem::directory_iterator{kCorpus}) {
        inputs[entry.path()] = bursar::testing::readAll(entry.path());
    }
    return inputs;
}

// Seeded, and without the distributions of the standard library, which are not the same everywhere.
class Mutator {
  public:
    explicit Mutator(const std::map<std::filesystem::path, std::string>& inputs) {
        for (const auto& [path, text] : inputs) inputs_.push_back(text.substr(0, kMostBytes));
    }

    std::string next() {
        std::string text = inputs_[below(inputs_.size())];
        for (std::size_t steps = 1 + below(4); steps > 0; --steps) step(text);
        return text;
    }

  private:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

    void step(std::string& text) {
        const std::size_t at = below(text.size() + 1);
        const std::size_t length = below(text.size() - at + 1);
        const std::string& other = inputs_[below(inputs_.size())];
        switch (below(5)) {
            case 0:
                text.insert(at, 1, kTelling[below(kTelling.size())]);
                break;
            case 1:
                if (at < text.size()) text[at] = kTelling[below(kTelling.size())];
                break;
            case 2:
                text.erase(at, 1 + length / 8);
                break;
            case 3:
                text.insert(at, text.substr(at, length));
                break;
            default:
                text = text.substr(0, at) + other.substr(below(other.size() + 1));
                break;
        }
        text.resize(std::min(text.size(), kMostBytes));
    }

    std::vector<std::string> inputs_;
    std::mt19937 random_{2026};
};

}  // namespace

TEST_CASE("every input of the corpus is survived") {
    const auto inputs = corpus();
    for (const auto& [path, text] : inputs) {
        INFO(path);
        CHECK(run(text) == 0);
        // Cut short, as an interrupted download leaves it.
        for (std::size_t cut = 0; cut < text.size(); cut += 1 + text.size() / 50) {
            CHECK(run(text.substr(0, cut)) == 0);
        }
    }
    CHECK(inputs.size() > 10);
}

TEST_CASE("so is what a bounded search makes of them") {
    Mutator mutator{corpus()};
    for (int i = 0; i < kSearch; ++i) {
        const std::string text = mutator.next();
        CAPTURE(i, text);
        CHECK(run(text) == 0);
    }
}
