// The terminal that a verb talks to: whether there is one, its size, its colours, and a screen drawn again and again.
#pragma once

#include <termios.h>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/cli/text/display_text.hpp"

namespace bursar::cli {

enum class ColorMode { Auto, Always, Never };

// `Auto`: where standard output is a terminal, $NO_COLOR is not set and $TERM is not `dumb`.
Paint paintFor(ColorMode mode);

struct TerminalSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

// Whether standard output is a terminal.
bool isTerminal();

enum class Key { Quit, Sort, Up, Down, PageUp, PageDown, Other };

// What a run of bytes from a terminal in raw mode says. Pure.
std::vector<Key> keysOf(std::string_view bytes);

// The alternate screen of standard output, and the keys typed at standard input, while this lives; the terminal is as
// before afterwards. For one thread. Ctrl-C stays a signal; Ctrl-Z does nothing, because a stopped program would leave
// the screen as it is.
class LiveScreen {
  public:
    LiveScreen();
    ~LiveScreen();
    LiveScreen(const LiveScreen&) = delete;
    LiveScreen& operator=(const LiveScreen&) = delete;

    // As it is now: it may have been resized.
    [[nodiscard]] TerminalSize size() const;
    // Replaces what is shown, without a flicker.
    void draw(const std::vector<std::string>& lines);
    // Waits for keys until `most` has passed or a stop is requested; empty then.
    [[nodiscard]] std::vector<Key> waitForKeys(std::chrono::milliseconds most, const std::stop_token& stop);

  private:
    bool hasKeyboard_ = false;
    termios before_{};
    int wake_ = -1;  // an eventfd, by which a stop request ends a wait
};

}  // namespace bursar::cli
