// Cuts a stream of bytes into lines, bounded. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::kube {

class LineCutter {
  public:
    explicit LineCutter(std::size_t maxLine) : maxLine_(maxLine) {}

    // Appends to `lines` every line that `bytes` completes, without its newline; skips empty lines. False if a line
    // exceeds the bound; then the rest of the stream is unusable.
    bool feed(std::string_view bytes, std::vector<std::string>& lines);

  private:
    const std::size_t maxLine_;
    std::string rest_;
};

}  // namespace bursar::kube
