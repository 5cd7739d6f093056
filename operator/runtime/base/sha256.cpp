#include "operator/runtime/base/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "operator/runtime/base/freed.hpp"

namespace bursar {
namespace {

std::string hexOf(const unsigned char* bytes, unsigned int size) {
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", bytes[i]);
    return hex;
}

}  // namespace

class Sha256::Impl {
  public:
    Impl() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }

    void update(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

    std::string finish() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
        return hexOf(digest.data(), size);
    }

  private:
    const std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context_{EVP_MD_CTX_new()};
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {}
Sha256::~Sha256() = default;
void Sha256::update(std::string_view bytes) { impl_->update(bytes); }
std::string Sha256::finish() { return impl_->finish(); }

std::string sha256Of(std::string_view text) {
    Sha256 digest;
    digest.update(text);
    return digest.finish();
}

std::string hmacSha256Of(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), digest.data(), &size);
    return hexOf(digest.data(), size);
}

}  // namespace bursar
