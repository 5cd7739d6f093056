// libFuzzer target for what anybody sends to the port of probes and scrapes: it is answered, and only a GET of a path
// that there is reaches what serves it.
#include "operator/runtime/telemetry/http_request.hpp"
#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bursar;
    using namespace bursar::telemetry;
    const std::string_view request = testing::textOf(data, size);
    int served = 0;
    const HttpRoutes routes = {{"/healthz", [&]() -> HttpReply { return {++served == 1 ? 200 : 503, "ok\n"}; }}};
    const HttpReply reply = answerTo(request, routes);
    testing::require(served == (reply.status == 200 ? 1 : 0));
    testing::require(served == 0 || request.starts_with("GET /healthz"));
    // Nothing of the request is in the answer, so none can be made to say what it likes.
    testing::require(reply.status == 200 || reply.status == 400 || reply.status == 404 || reply.status == 405);
    testing::require(reply.body.size() < 30 && render(reply).size() < 200);
    return 0;
}
