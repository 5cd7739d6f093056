// What loadKubeconfig() and loadConfig() do of files, from their texts. Pure, but for the certificates and keys that a
// text names.
#pragma once

#include <string>
#include <vector>

#include "operator/runtime/kube/config.hpp"

namespace bursar::kube {

struct KubeconfigText {
    std::string path;  // for messages; what the text names is looked for beside it
    std::string text;
};

// At least one; of what several say, the first counts.
Result<Config> parseKubeconfigs(const std::vector<KubeconfigText>& texts, const std::string& context);

}  // namespace bursar::kube
