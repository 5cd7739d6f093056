#include "operator/base/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace bursar {

class Sha256::Impl {
  public:
    Impl() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }

    void update(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

    std::string finish() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
        std::string hex;
        for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
        return hex;
    }

  private:
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
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

}  // namespace bursar
