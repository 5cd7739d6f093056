// The parsing of loadKubeconfig() and loadConfig(), from texts. Pure, except that it reads the certificates and keys
// that a text names.
#pragma once

#include <string>
#include <vector>

#include "operator/runtime/kube/config.hpp"

namespace bursar::kube {

struct KubeconfigText {
    std::string path;  // for messages, and the base of relative file names in the text
    std::string text;
};

// `texts` has at least one; the first value of a setting counts.
Result<Config> parseKubeconfigs(const std::vector<KubeconfigText>& texts, const std::string& context);

}  // namespace bursar::kube
