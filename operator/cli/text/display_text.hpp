// Text as a terminal shows it: its width in columns, cutting, colours, bars.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bursar::cli {

// Columns of a terminal. Wide characters (CJK, emoji) take two; combining characters and the colours of Paint take
// none. `text` is UTF-8 that printable() has made safe.
std::size_t displayWidth(std::string_view text);

// The first `columns` of it; a colour that the cut leaves open is ended.
std::string cutToWidth(std::string_view text, std::size_t columns);

// Adds colours; a Paint that is off returns the text unchanged.
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

// `part` of `whole` as a bar of `cells` blocks: at least one block if `part` is positive, all of them only if `part`
// reaches `whole`.
std::string bar(std::int64_t part, std::int64_t whole, int cells);

}  // namespace bursar::cli
