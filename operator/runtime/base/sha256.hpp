// SHA-256 as lower-case hexadecimal digits, of one text or of several in a row; and HMAC with it (RFC 2104).
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bursar {

// Not thread-safe; one owner.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void update(std::string_view bytes);
    // 64 digits; ends the computation.
    [[nodiscard]] std::string finish();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

std::string sha256Of(std::string_view text);

std::string hmacSha256Of(std::string_view key, std::string_view text);

}  // namespace bursar
