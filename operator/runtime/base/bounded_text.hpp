// The whole of a stream, up to a bound.
#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>

namespace bursar {

// Nothing where `in` holds more than `most` bytes; no more than one byte beyond them is read. Whether reading failed is
// what `in.bad()` says afterwards.
std::optional<std::string> readBounded(std::istream& in, std::size_t most);

}  // namespace bursar
