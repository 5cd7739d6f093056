// The metrics of this process for Prometheus: their descriptions, their series, and all of them as text.
//
// Tables keep series by their label values; the next scrape no longer has a series that was erased. Figures that belong
// together come from a MetricSource that answers each scrape with one snapshot. Thread-safe: any thread may write a
// table during a scrape, and a scrape holds the lock only to copy.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/base/mutex.hpp"

namespace bursar::telemetry {

// A metric's description: HELP and TYPE of a scrape, and a line of docs/metrics.md.
struct MetricInfo {
    std::string name;
    prometheus::MetricType type = prometheus::MetricType::Gauge;
    std::vector<std::string> labels;
    std::string unit;  // for the reader: `tokens`, `seconds`, `Unix time`
    std::string help;
};

// In the order of MetricInfo::labels.
using LabelValues = std::vector<std::string>;

// The value of a metric whose name ends in `_timestamp_seconds`.
double unixTime(Instant at);

prometheus::MetricFamily familyOf(const MetricInfo& info);
// Adds a sample to familyOf(info). `info` describes a counter or a gauge.
void addSample(prometheus::MetricFamily& family, const MetricInfo& info, const LabelValues& values, double value);

class MetricSource : public prometheus::Collectable {
  public:
    [[nodiscard]] virtual std::vector<MetricInfo> describe() const = 0;
};

// The series of a counter or a gauge.
class ValueTable final : public MetricSource {
  public:
    explicit ValueTable(MetricInfo info) : info_(std::move(info)) {}

    void add(const LabelValues& values, double by = 1);
    void set(const LabelValues& values, double value);
    // Adds the series with the value 0 unless it exists, so that its first count is an increase for Prometheus.
    void begin(const LabelValues& values) { add(values, 0); }
    // Removes the series for which `isGone` is true.
    void erase(const std::function<bool(const LabelValues&)>& isGone);

    [[nodiscard]] std::vector<MetricInfo> describe() const override { return {info_}; }
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

  private:
    const MetricInfo info_;

    mutable Mutex mutex_;
    std::map<LabelValues, double> series_ GUARDED_BY(mutex_);
};

// The series of a histogram of durations in seconds.
class DurationTable final : public MetricSource {
  public:
    // `buckets` are upper bounds in ascending order.
    DurationTable(MetricInfo info, std::vector<double> buckets)
        : info_(std::move(info)), buckets_(std::move(buckets)) {}

    void observe(const LabelValues& values, std::chrono::nanoseconds duration);

    [[nodiscard]] std::vector<MetricInfo> describe() const override { return {info_}; }
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

  private:
    const MetricInfo info_;
    const std::vector<double> buckets_;

    mutable Mutex mutex_;
    std::map<LabelValues, std::unique_ptr<prometheus::Histogram>> series_ GUARDED_BY(mutex_);
};

// All metrics of a process. Sources are added before the first scrape and must outlive the registry.
class MetricRegistry {
  public:
    void add(const MetricSource& source) { sources_.push_back(&source); }

    // The text format of Prometheus, version 0.0.4.
    [[nodiscard]] std::string expose() const;
    // In the order in which the sources were added.
    [[nodiscard]] std::vector<MetricInfo> describe() const;

  private:
    std::vector<const MetricSource*> sources_;
};

}  // namespace bursar::telemetry
