#include "controllers/api/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "operator/runtime/base/ascii.hpp"

namespace bursar::api {
namespace {

constexpr std::size_t kLongestWord = 64;

char lower(char c) { return isUppercaseLetter(c) ? static_cast<char>(c + ('a' - 'A')) : c; }

// Letters to insert, delete or replace; letters that differ in case are equal.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.size() > kLongestWord) return "";
    std::size_t nearest = word.size() / 3 + 1;
    std::string_view found;
    for (const std::string& candidate : candidates) {
        const std::size_t far = distance(word, candidate);
        if (far > nearest || (far == nearest && !found.empty())) continue;
        nearest = far;
        found = candidate;
    }
    return found.empty() ? "" : fmt::format("; did you mean \"{}\"?", found);
}

}  // namespace bursar::api
