#include "controllers/treasury/reason_length.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace bursar::treasury {
namespace {

// Code points that show nothing: first and last of each run, in order.
constexpr std::pair<std::uint32_t, std::uint32_t> kBlanks[] = {
    {0x0000, 0x0020}, {0x007F, 0x00A0},   {0x00AD, 0x00AD},   {0x034F, 0x034F},  {0x061C, 0x061C}, {0x115F, 0x1160},
    {0x1680, 0x1680}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x2000, 0x200F},  {0x2028, 0x202F}, {0x205F, 0x206F},
    {0x2800, 0x2800}, {0x3000, 0x3000},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},  {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

bool isBlank(std::uint32_t character) {
    const auto after = std::upper_bound(std::begin(kBlanks), std::end(kBlanks), character,
                                        [](std::uint32_t c, const auto& run) { return c < run.first; });
    return after != std::begin(kBlanks) && character <= std::prev(after)->second;
}

struct Character {
    std::uint32_t value = 0;
    std::size_t bytes = 1;
};

// The character that `text` begins with; a lone byte stands for itself where it begins none.
Character firstOf(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t bytes = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1;
    constexpr Character kLoneByte{0xFFFD, 1};
    if (bytes == 1) return first < 0x80 ? Character{first, 1} : kLoneByte;
    if (text.size() < bytes) return kLoneByte;
    std::uint32_t value = first & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0U) != 0x80U) return kLoneByte;
        value = value << 6U | (next & 0x3FU);
    }
    return {value, bytes};
}

}  // namespace

std::size_t visibleCharacters(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const Character character = firstOf(text);
        if (!isBlank(character.value)) ++count;
        text.remove_prefix(character.bytes);
    }
    return count;
}

}  // namespace bursar::treasury
