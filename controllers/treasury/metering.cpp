#include "controllers/treasury/metering.hpp"

namespace bursar::treasury {

api::Tokens TokenCounts::of(api::TokenType type) const { return const_cast<TokenCounts&>(*this).of(type); }

api::Tokens& TokenCounts::of(api::TokenType type) {
    switch (type) {
        case api::TokenType::Input:
            return input;
        case api::TokenType::CachedInput:
            return cachedInput;
        case api::TokenType::Output:
            return output;
    }
    return input;
}

TokenCounts& TokenCounts::operator+=(const TokenCounts& other) {
    input += other.input;
    cachedInput += other.cachedInput;
    output += other.output;
    return *this;
}

}  // namespace bursar::treasury
