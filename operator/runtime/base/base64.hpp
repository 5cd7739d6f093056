// Base64 as Kubernetes writes it in Secrets and kubeconfigs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bursar {

// Skips line breaks and spaces. Empty if the text is not base64.
std::optional<std::string> decodeBase64(std::string_view text);

}  // namespace bursar
