#include "operator/cli/status/top_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iostream>

#include "controllers/cluster/resources.hpp"
#include "operator/cli/status/status_report.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/stop_wait.hpp"
#include "operator/runtime/kube/informer.hpp"

namespace bursar::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollInterval{200};  // for a resized terminal and for changes

// The cluster's objects, kept current by watches.
class Watched {
  public:
    Watched(const std::shared_ptr<kube::Client>& client, StatusScope scope)
        : scope_(std::move(scope)),
          quotas_(client, {cluster::teamQuotas(), scope_.ns, ""}, [this](const kube::Key*) { ++changes_; }),
          policies_(client, {cluster::allocationPolicies(), "", ""}, [this](const kube::Key*) { ++changes_; }) {
        quotas_.start();
        if (scope_.policies) policies_.start();
    }

    [[nodiscard]] bool hasSynced() const { return quotas_.hasSynced() && (!scope_.policies || policies_.hasSynced()); }
    // Increases with every change.
    [[nodiscard]] std::uint64_t changes() const { return changes_; }

    [[nodiscard]] Result<StatusView> view(const StatusQuery& query, Instant at) const {
        StatusScope scope = scope_;
        for (const kube::Informer* informer : {&policies_, &quotas_}) {
            const std::string error = informer->lastError();
            if (!error.empty()) scope.notes.push_back("what is shown may be old: " + error);
        }
        return makeStatusView({all(policies_), all(quotas_)}, scope, query, at);
    }

  private:
    static std::vector<kube::Json> all(const kube::Informer& informer) {
        std::vector<kube::Json> objects;
        const auto store = informer.snapshot();
        for (const auto& [key, object] : *store) objects.push_back(*object);
        return objects;
    }

    const StatusScope scope_;
    std::atomic<std::uint64_t> changes_ = 0;
    // Last: the informers are destroyed before the members that their callbacks use.
    kube::Informer quotas_;
    kube::Informer policies_;
};

int failed(const Error& error) {
    fmt::print(stderr, "bursar top: {}\n", printable(error.message));
    return kCannotBeDone;
}

SortBy nextOrder(SortBy by) {
    switch (by) {
        case SortBy::Used:
            return SortBy::Granted;
        case SortBy::Granted:
            return SortBy::Cost;
        case SortBy::Cost:
            return SortBy::Team;
        case SortBy::Team:
            return SortBy::Used;
    }
    return SortBy::Used;
}

const char* nameOf(SortBy by) {
    switch (by) {
        case SortBy::Team:
            return "team";
        case SortBy::Used:
            return "used";
        case SortBy::Granted:
            return "granted";
        case SortBy::Cost:
            return "cost";
    }
    return "";
}

// A table each interval, for a pipe or a log.
int printTables(const Watched& watched, const TopOptions& options, const std::stop_token& stop) {
    for (int printed = 0; options.count == 0 || printed < options.count; ++printed) {
        if (printed > 0 && waitForStop(stop, options.interval)) return 0;
        const auto view = watched.view(options.status.query, SystemClock{}.now());
        if (!view) return failed(view.error());
        if (printed > 0 && options.status.format != StatusFormat::Json) fmt::print("\n");
        print(answerWith(*view, options.status.format, paintFor(options.status.color)));
        std::fflush(stdout);
    }
    return 0;
}

class Top {
  public:
    Top(const Watched& watched, const TopOptions& options)
        : watched_(watched), options_(options), query_(options.status.query), paint_(paintFor(options.status.color)) {}

    // Runs until `q` or a stop; returns the error if one ended it.
    Result<void> run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (auto drawn = draw(); !drawn) return drawn.error();
            if (!waitForRedraw(stop)) break;
        }
        return {};
    }

  private:
    Result<void> draw() {
        seen_ = watched_.changes();
        size_ = screen_.size();
        const auto view = watched_.view(query_, SystemClock{}.now());
        if (!view) return view.error();
        std::string table;
        for (const std::string& note : view->notes) table += printable(note) + "\n";
        table += renderTable(*view, {paint_, options_.status.format == StatusFormat::Wide});
        const std::string heading = paint_.bold(fmt::format("bursar top  {}  by {}  (q ends, s sorts, arrows scroll)",
                                                            formatInstant(view->at), nameOf(query_.sortBy)));
        const Frame frame = frameOf(heading, table, first_, size_);
        first_ = frame.first;
        screen_.draw(frame.lines);
        return {};
    }

    // Waits until the screen must be redrawn; false if `q` or a stop ends the run.
    bool waitForRedraw(const std::stop_token& stop) {
        const auto started = std::chrono::steady_clock::now();
        while (!stop.stop_requested()) {
            const std::vector<Key> keys = screen_.waitForKeys(kPollInterval, stop);
            for (const Key key : keys) {
                if (key == Key::Quit) return false;
                handle(key);
            }
            const TerminalSize size = screen_.size();
            const bool resized = size.columns != size_.columns || size.rows != size_.rows;
            const bool due = std::chrono::steady_clock::now() - started >= options_.interval;
            if (!keys.empty() || resized || due || watched_.changes() != seen_) return true;
        }
        return false;
    }

    void handle(Key key) {
        const std::size_t page = size_.rows > 2 ? size_.rows - 2 : 1;
        if (key == Key::Sort) query_.sortBy = nextOrder(query_.sortBy);
        if (key == Key::Down) first_ += 1;
        if (key == Key::PageDown) first_ += page;
        if (key == Key::Up) first_ -= std::min<std::size_t>(first_, 1);
        if (key == Key::PageUp) first_ -= std::min(first_, page);
    }

    const Watched& watched_;
    const TopOptions& options_;
    StatusQuery query_;
    const Paint paint_;
    LiveScreen screen_;
    TerminalSize size_;
    std::size_t first_ = 0;
    std::uint64_t seen_ = 0;
};

}  // namespace

Frame frameOf(const std::string& heading, const std::string& table, std::size_t first, TerminalSize size) {
    std::vector<std::string> all;
    for (std::size_t begin = 0; begin < table.size();) {
        const std::size_t end = std::min(table.find('\n', begin), table.size());
        all.push_back(table.substr(begin, end - begin));
        begin = end + 1;
    }
    const std::size_t room = size.rows > 1 ? size.rows - 1 : 1;
    Frame frame;
    frame.first = std::min(first, all.size() > room ? all.size() - room : 0);
    frame.lines.push_back(cutToWidth(heading, size.columns));
    for (std::size_t i = frame.first; i < std::min(all.size(), frame.first + room); ++i) {
        frame.lines.push_back(cutToWidth(all[i], size.columns));
    }
    return frame;
}

int runTop(const std::shared_ptr<kube::Client>& client, const TopOptions& options, const std::stop_token& stop) {
    // Read once before the screen opens: this finds what the user may read, and an error ends here.
    const auto reading = readStatus(*client, options.status.query);
    if (!reading) return failed(reading.error());
    const auto view = makeStatusView(reading->objects, reading->scope, options.status.query, SystemClock{}.now());
    if (!view) return failed(view.error());
    const Watched watched{client, reading->scope};
    while (!watched.hasSynced()) {
        if (waitForStop(stop, milliseconds{20})) return 0;
    }
    if (options.count > 0 || !isTerminal() || options.status.format == StatusFormat::Json) {
        return printTables(watched, options, stop);
    }
    const auto ended = Top{watched, options}.run(stop);
    return ended ? 0 : failed(ended.error());
}

}  // namespace bursar::cli
