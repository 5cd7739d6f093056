// libFuzzer target for kubeconfigs: no text may crash, and none makes the client speak to a server in plain text.
#include "operator/runtime/kube/kubeconfig.hpp"
#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bursar;
    const std::string text{testing::textOf(data, size)};
    const auto config = kube::parseKubeconfigs({{"/nowhere/config", text}}, "");
    if (config) {
        testing::require(config->server.starts_with("https://") && !config->ns.empty());
    } else {
        testing::require(config.error().message.find("/nowhere") == 0 || config.error().message.find("/") == 0);
    }
    return 0;
}
