// The metrics of this process as Prometheus reads them: what each one is, its series, and all of them as text.
//
// Series are kept in tables by their label values; a series that is taken out of its table is gone from the next scrape
// on. Whoever has figures that belong together derives from MetricSource and answers each scrape with one snapshot.
// Thread-safe: tables are written from any thread while a scrape reads them, and hold a lock only to copy.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "operator/runtime/base/instant.hpp"

namespace bursar::telemetry {

// What a metric is: HELP and TYPE of an answer, and a line of docs/metrics.md.
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
// Adds a sample to a family that was made of `info`, which is a counter or a gauge.
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
    // The series is there from now on, at 0 where it is new: the first thing counted is an increase.
    void begin(const LabelValues& values) { add(values, 0); }
    // Takes out every series that `isGone` says so of.
    void erase(const std::function<bool(const LabelValues&)>& isGone);

    [[nodiscard]] std::vector<MetricInfo> describe() const override { return {info_}; }
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

  private:
    const MetricInfo info_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::map<LabelValues, double> series_;
};

// The series of a histogram of durations in seconds.
class DurationTable final : public MetricSource {
  public:
    // `buckets` are upper bounds, rising.
    DurationTable(MetricInfo info, std::vector<double> buckets)
        : info_(std::move(info)), buckets_(std::move(buckets)) {}

    void observe(const LabelValues& values, std::chrono::nanoseconds duration);

    [[nodiscard]] std::vector<MetricInfo> describe() const override { return {info_}; }
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

  private:
    const MetricInfo info_;
    const std::vector<double> buckets_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::map<LabelValues, std::unique_ptr<prometheus::Histogram>> series_;
};

// Everything a process has to tell. Sources are added before the first scrape and live as long as this.
class MetricRegistry {
  public:
    void add(const MetricSource& source) { sources_.push_back(&source); }

    // The text format of Prometheus, version 0.0.4.
    [[nodiscard]] std::string expose() const;
    // In the order they were added.
    [[nodiscard]] std::vector<MetricInfo> describe() const;

  private:
    std::vector<const MetricSource*> sources_;
};

}  // namespace bursar::telemetry
