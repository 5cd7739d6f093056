// The terminal of a verb: detection, size, colours, and a screen that is redrawn.
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

// `Auto`: colours if standard output is a terminal, $NO_COLOR is not set and $TERM is not `dumb`.
Paint paintFor(ColorMode mode);

struct TerminalSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

// Whether standard output is a terminal.
bool isTerminal();

enum class Key { Quit, Sort, Up, Down, PageUp, PageDown, Other };

// The keys in a run of bytes from a terminal in raw mode. Pure.
std::vector<Key> keysOf(std::string_view bytes);

// Uses the alternate screen of standard output and reads keys from standard input while it lives; then restores the
// terminal. For one thread. Ctrl-C stays a signal. Ctrl-Z does nothing: a stopped program would leave the terminal in
// this mode.
class LiveScreen {
  public:
    LiveScreen();
    ~LiveScreen();
    LiveScreen(const LiveScreen&) = delete;
    LiveScreen& operator=(const LiveScreen&) = delete;

    // The current size: the terminal may have been resized.
    [[nodiscard]] TerminalSize size() const;
    // Replaces the screen's content, without flicker.
    void draw(const std::vector<std::string>& lines);
    // Waits for keys; returns none after `most`, or when a stop is requested.
    [[nodiscard]] std::vector<Key> waitForKeys(std::chrono::milliseconds most, const std::stop_token& stop);

  private:
    bool hasKeyboard_ = false;
    termios before_{};
    int wake_ = -1;  // an eventfd: a stop request writes to it to end a wait
};

}  // namespace bursar::cli
