// Text as a terminal shows it: how many columns it takes, where it is cut, in which colour it stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bursar::cli {

// Columns of a terminal. Wide characters (CJK, emoji) take two, combining ones none, and neither do the colours of
// Paint. `text` is UTF-8 that printable() has made safe.
std::size_t displayWidth(std::string_view text);

// The first `columns` of it, with colours ended where the cut is within one.
std::string cutToWidth(std::string_view text, std::size_t columns);

// Colours, where they are wanted: a Paint that is off gives back what it was given.
class Paint {
  public:
    explicit Paint(bool on = false) : on_(on) {}

    [[nodiscard]] std::string bold(std::string_view text) const { return in("1", text); }
    [[nodiscard]] std::string red(std::string_view text) const { return in("31", text); }
    [[nodiscard]] std::string yellow(std::string_view text) const { return in("33", text); }
    [[nodiscard]] std::string green(std::string_view text) const { return in("32", text); }

  private:
    [[nodiscard]] std::string in(std::string_view code, std::string_view text) const;

    bool on_;
};

// `part` of `whole` as a bar of `cells` blocks: one at least where there is anything, all of them only when the whole
// is reached.
std::string bar(std::int64_t part, std::int64_t whole, int cells);

}  // namespace bursar::cli
