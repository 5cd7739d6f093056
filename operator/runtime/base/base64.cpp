#include "operator/runtime/base/base64.hpp"

#include <openssl/evp.h>

#include <vector>

namespace bursar {

std::optional<std::string> decodeBase64(std::string_view text) {
    std::string input;
    for (const char c : text) {
        if (c != '\n' && c != '\r' && c != ' ') input += c;
    }
    std::vector<unsigned char> output(input.size() / 4 * 3 + 3);
    const int length = EVP_DecodeBlock(output.data(), reinterpret_cast<const unsigned char*>(input.data()),
                                       static_cast<int>(input.size()));
    if (length < 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < input.size() && input[input.size() - 1 - padding] == '=') ++padding;
    return std::string(output.begin(), output.begin() + length - static_cast<std::ptrdiff_t>(padding));
}

}  // namespace bursar
