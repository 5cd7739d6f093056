#include "operator/cli/text/terminal.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace bursar::cli {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // the alternate screen, without a cursor
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";

bool isSet(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

void write(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

struct Sequence {
    std::string_view bytes;
    Key key;
};

constexpr Sequence kSequences[] = {{"\x1b[A", Key::Up},   {"\x1bOA", Key::Up},      {"\x1b[B", Key::Down},
                                   {"\x1bOB", Key::Down}, {"\x1b[5~", Key::PageUp}, {"\x1b[6~", Key::PageDown},
                                   {"q", Key::Quit},      {"Q", Key::Quit},         {"s", Key::Sort},
                                   {"k", Key::Up},        {"j", Key::Down},         {" ", Key::PageDown}};

}  // namespace

bool isTerminal() { return ::isatty(STDOUT_FILENO) == 1; }

Paint paintFor(ColorMode mode) {
    if (mode != ColorMode::Auto) return Paint{mode == ColorMode::Always};
    const char* term = std::getenv("TERM");
    const bool dumb = term != nullptr && std::string_view{term} == "dumb";
    return Paint{isTerminal() && !isSet("NO_COLOR") && !dumb};
}

std::vector<Key> keysOf(std::string_view bytes) {
    std::vector<Key> keys;
    while (!bytes.empty()) {
        std::size_t length = 1;
        Key key = Key::Other;
        for (const Sequence& sequence : kSequences) {
            if (!bytes.starts_with(sequence.bytes)) continue;
            length = sequence.bytes.size();
            key = sequence.key;
        }
        keys.push_back(key);
        bytes.remove_prefix(length);
    }
    return keys;
}

LiveScreen::LiveScreen() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    hasKeyboard_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (hasKeyboard_) {
        termios raw = before_;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        raw.c_cc[VMIN] = 0;
        raw.c_cc[VTIME] = 0;
        raw.c_cc[VSUSP] = _POSIX_VDISABLE;
        ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    write(kEnter);
}

LiveScreen::~LiveScreen() {
    write(kLeave);
    if (hasKeyboard_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    if (wake_ >= 0) ::close(wake_);
}

TerminalSize LiveScreen::size() const {
    winsize size{};
    TerminalSize found;
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return found;
    found.columns = size.ws_col;
    found.rows = size.ws_row;
    return found;
}

void LiveScreen::draw(const std::vector<std::string>& lines) {
    std::string text = "\x1b[H";
    for (std::size_t i = 0; i < lines.size(); ++i) text += (i > 0 ? "\n" : "") + lines[i] + "\x1b[K";
    write(text + "\x1b[J");
}

std::vector<Key> LiveScreen::waitForKeys(std::chrono::milliseconds most, const std::stop_token& stop) {
    const std::stop_callback waker{stop, [this] {
                                       const std::uint64_t one = 1;
                                       // If the write fails, the wait ends by its timeout.
                                       [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
                                   }};
    pollfd watched[] = {{wake_, POLLIN, 0}, {hasKeyboard_ ? STDIN_FILENO : -1, POLLIN, 0}};
    if (::poll(watched, 2, static_cast<int>(most.count())) <= 0 || watched[1].revents == 0) return {};
    char bytes[64];
    const ssize_t read = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (read <= 0) {
        hasKeyboard_ = false;  // the terminal was closed
        return {Key::Quit};
    }
    return keysOf({bytes, static_cast<std::size_t>(read)});
}

}  // namespace bursar::cli
