#include "operator/runtime/base/bounded_text.hpp"

#include <algorithm>

namespace bursar {

std::optional<std::string> readBounded(std::istream& in, std::size_t most) {
    constexpr std::size_t kStep = 1 << 16;
    std::string text;
    while (in && text.size() <= most) {
        const std::size_t had = text.size();
        text.resize(std::min(had + kStep, most + 1));
        in.read(text.data() + had, static_cast<std::streamsize>(text.size() - had));
        text.resize(had + static_cast<std::size_t>(in.gcount()));
    }
    return text.size() <= most ? std::optional{std::move(text)} : std::nullopt;
}

}  // namespace bursar
