// Amounts of LLM tokens: value types with checked arithmetic, and the reading of Kubernetes quantities.
//
// A spec holds 0 … 9e15 whole tokens (kMaxTokens): far above any provider's quota, and below 2^53, so that clients that
// read JSON numbers as doubles see the same amount. Thread-safety: values.
#pragma once

#include <compare>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "operator/runtime/base/result.hpp"

namespace bursar::api {

// Wide enough for every intermediate product of docs/design.md §3: an amount (53 bits) by an amount, or by 1e5 teams of
// weight 1e4.
__extension__ using Wide = __int128;

// The tag keeps a budget (tokens per window) from being added to a rate (tokens per minute).
template <typename Tag>
class Amount {
  public:
    constexpr Amount() = default;
    constexpr explicit Amount(std::int64_t value) : value_(value < 0 ? 0 : value) {}

    [[nodiscard]] constexpr std::int64_t value() const { return value_; }
    [[nodiscard]] constexpr bool isZero() const { return value_ == 0; }
    constexpr auto operator<=>(const Amount&) const = default;

    // Saturates at the largest amount: 100,000 teams of 9e15 tokens would wrap an int64 and make the sum negative. Sums
    // that a decision depends on are bounded by a pool's capacity and do not saturate.
    constexpr Amount operator+(Amount other) const {
        std::int64_t sum = 0;
        if (__builtin_add_overflow(value_, other.value_, &sum)) return Amount{INT64_MAX};
        return Amount{sum};
    }
    constexpr Amount& operator+=(Amount other) { return *this = *this + other; }

    // The difference, or zero: usage may exceed a grant by the tokens of requests in flight.
    [[nodiscard]] constexpr Amount lessOrZero(Amount other) const {
        return other.value_ >= value_ ? Amount{} : Amount{value_ - other.value_};
    }

  private:
    std::int64_t value_ = 0;
};

using Tokens = Amount<struct TokensTag>;                    // tokens, or tokens per budget window
using TokensPerMinute = Amount<struct TokensPerMinuteTag>;  // a rate

inline constexpr std::int64_t kMaxTokens = 9'000'000'000'000'000;

// floor(amount · percent / 100), exact. `percent` is 0 … 1000.
constexpr std::int64_t percentOf(std::int64_t amount, int percent) {
    return static_cast<std::int64_t>(static_cast<Wide>(amount) * percent / 100);
}

// Reads an integer or a Kubernetes decimal quantity (`400M`, `1500k`, `1.2G`, `12e8`) exactly. InvalidArgument for
// anything else, for fractions of a token, below zero and above 9e15; the message says what to write instead.
Result<std::int64_t> parseQuantity(std::string_view text);

// The same for a JSON value, which the API server returns as an integer or a string.
Result<std::int64_t> parseQuantity(const nlohmann::json& value);

// `212000000` as people write it: `212,000,000`.
std::string formatThousands(std::int64_t value);

}  // namespace bursar::api
