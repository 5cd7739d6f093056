// libFuzzer target for what a watch and a list hand over: cut anywhere, no line may crash or grow beyond its bound, and
// an object that is let through has metadata its readers can rely on.
#include "operator/runtime/kube/api_answer.hpp"
#include "operator/runtime/kube/line_cutter.hpp"
#include "tests/fuzz/require.hpp"

using namespace bursar;
using namespace bursar::kube;
using bursar::testing::require;

namespace {

constexpr std::size_t kMaxLine = 1000;

void readMetadata(const Json& object) {
    require(object.is_object());
    keyOf(object);
    const Json metadata = object.value("metadata", Json::object());
    metadata.value("resourceVersion", "");
    metadata.value("uid", "");
    metadata.value("labels", Labels{});
    metadata.value("annotations", Labels{});
}

void readLine(const std::string& line) {
    require(!line.empty() && line.size() <= kMaxLine && line.find('\n') == std::string::npos);
    if (auto event = watchEventOf(line)) {
        require(event->object.contains("metadata"));
        readMetadata(event->object);
    } else {
        require(event.error().retryAfterSeconds >= 0);
    }
    errorOfAnswer(500, line, 0);
    auto object = objectOf(line);
    if (!object) return;
    readMetadata(*object);
    if (const auto page = pageOf(std::move(*object))) {
        for (const Json& item : page->items) readMetadata(item);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t step = 1 + data[0];  // how the network cuts it
    const std::string_view text = testing::textOf(data, size);
    LineCutter cutter{kMaxLine};
    for (std::size_t at = 0; at < text.size(); at += step) {
        std::vector<std::string> lines;
        const bool goesOn = cutter.feed(text.substr(at, step), lines);
        for (const std::string& line : lines) readLine(line);
        if (!goesOn) break;
    }
    return 0;
}
