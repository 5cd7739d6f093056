#include "operator/runtime/telemetry/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>

namespace bursar::telemetry {
namespace {

using prometheus::MetricType;
using Value = std::optional<double>;

// The fields of /proc/self/stat after the command's name, which may contain spaces. The first one is field 3 (state).
std::vector<std::string> statFields() {
    std::ifstream file{"/proc/self/stat"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::istringstream rest{text.substr(std::min(text.size(), text.rfind(')') + 1))};
    return {std::istream_iterator<std::string>{rest}, {}};
}

Value stat(std::size_t field) {
    const auto fields = statFields();
    if (field - 3 >= fields.size()) return std::nullopt;
    return std::stod(fields[field - 3]);
}

double ticks() { return static_cast<double>(sysconf(_SC_CLK_TCK)); }

Value cpuSeconds() {
    const Value user = stat(14);
    const Value system = stat(15);
    if (!user || !system) return std::nullopt;
    return (*user + *system) / ticks();
}

Value residentBytes() {
    const Value pages = stat(24);
    if (!pages) return std::nullopt;
    return *pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

Value startTime() {
    std::ifstream file{"/proc/stat"};
    const Value sinceBoot = stat(22);
    for (std::string name; sinceBoot && file >> name;) {
        double value = 0;
        if (name == "btime" && file >> value) return value + *sinceBoot / ticks();
        file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return std::nullopt;
}

Value openDescriptors() {
    std::error_code failed;
    const std::filesystem::directory_iterator begin{"/proc/self/fd", failed};
    if (failed) return std::nullopt;
    // Without the descriptor of the listing itself.
    return static_cast<double>(std::distance(begin, std::filesystem::directory_iterator{}) - 1);
}

Value maxDescriptors() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
    return static_cast<double>(limit.rlim_cur);
}

struct Figure {
    MetricInfo info;
    Value (*read)();
};

const std::vector<Figure>& figures() {
    static const std::vector<Figure> all = {
        {{"process_cpu_seconds_total",
          MetricType::Counter,
          {},
          "seconds",
          "User and system CPU time the process used."},
         cpuSeconds},
        {{"process_resident_memory_bytes", MetricType::Gauge, {}, "bytes", "Resident memory of the process."},
         residentBytes},
        {{"process_virtual_memory_bytes", MetricType::Gauge, {}, "bytes", "Virtual memory of the process."},
         [] { return stat(23); }},
        {{"process_open_fds", MetricType::Gauge, {}, "descriptors", "File descriptors the process has open."},
         openDescriptors},
        {{"process_max_fds", MetricType::Gauge, {}, "descriptors", "File descriptors it may have open."},
         maxDescriptors},
        {{"process_threads", MetricType::Gauge, {}, "threads", "Threads of the process."}, [] { return stat(20); }},
        {{"process_start_time_seconds", MetricType::Gauge, {}, "Unix time", "When the process started."}, startTime},
    };
    return all;
}

}  // namespace

std::vector<MetricInfo> ProcessMetrics::describe() const {
    std::vector<MetricInfo> all;
    for (const Figure& figure : figures()) all.push_back(figure.info);
    return all;
}

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
    std::vector<prometheus::MetricFamily> families;
    for (const Figure& figure : figures()) {
        const Value value = figure.read();
        if (!value) continue;
        families.push_back(familyOf(figure.info));
        addSample(families.back(), figure.info, {}, *value);
    }
    return families;
}

}  // namespace bursar::telemetry
