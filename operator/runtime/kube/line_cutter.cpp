#include "operator/runtime/kube/line_cutter.hpp"

#include <utility>

namespace bursar::kube {

bool LineCutter::feed(std::string_view bytes, std::vector<std::string>& lines) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view part = bytes.substr(0, end);
        if (rest_.size() + part.size() > maxLine_) return false;
        rest_ += part;
        if (end == std::string_view::npos) return true;
        if (!rest_.empty()) lines.push_back(std::exchange(rest_, {}));
        bytes.remove_prefix(end + 1);
    }
    return true;
}

}  // namespace bursar::kube
