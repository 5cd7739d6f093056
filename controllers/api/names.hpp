// Names of an enumeration's values, as objects hold them.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace bursar::api {

// The name of `value` in a table for FieldReader::oneOf; the first name if the table does not have it.
template <typename E, std::size_t N>
constexpr std::string_view nameOf(const std::pair<std::string_view, E> (&names)[N], E value) {
    for (const auto& [name, named] : names) {
        if (named == value) return name;
    }
    return names[0].first;
}

}  // namespace bursar::api
