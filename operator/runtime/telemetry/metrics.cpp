#include "operator/runtime/telemetry/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <sstream>

namespace bursar::telemetry {
namespace {

std::vector<prometheus::ClientMetric::Label> labelsOf(const MetricInfo& info, const LabelValues& values) {
    std::vector<prometheus::ClientMetric::Label> labels;
    labels.reserve(values.size());
    for (std::size_t i = 0; i < info.labels.size(); ++i) labels.push_back({info.labels[i], values.at(i)});
    return labels;
}

}  // namespace

double unixTime(Instant at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); }

prometheus::MetricFamily familyOf(const MetricInfo& info) { return {info.name, info.help, info.type, {}}; }

void addSample(prometheus::MetricFamily& family, const MetricInfo& info, const LabelValues& values, double value) {
    prometheus::ClientMetric sample;
    sample.label = labelsOf(info, values);
    if (info.type == prometheus::MetricType::Counter) {
        sample.counter.value = value;
    } else {
        sample.gauge.value = value;
    }
    family.metric.push_back(std::move(sample));
}

void ValueTable::add(const LabelValues& values, double by) {
    const MutexLock lock{mutex_};
    series_[values] += by;
}

void ValueTable::set(const LabelValues& values, double value) {
    const MutexLock lock{mutex_};
    series_[values] = value;
}

void ValueTable::erase(const std::function<bool(const LabelValues&)>& isGone) {
    const MutexLock lock{mutex_};
    std::erase_if(series_, [&](const auto& entry) { return isGone(entry.first); });
}

std::vector<prometheus::MetricFamily> ValueTable::Collect() const {
    prometheus::MetricFamily family = familyOf(info_);
    const MutexLock lock{mutex_};
    for (const auto& [values, value] : series_) addSample(family, info_, values, value);
    return {std::move(family)};
}

void DurationTable::observe(const LabelValues& values, std::chrono::nanoseconds duration) {
    const MutexLock lock{mutex_};
    auto& histogram = series_[values];
    if (!histogram) histogram = std::make_unique<prometheus::Histogram>(buckets_);
    histogram->Observe(std::chrono::duration<double>(duration).count());
}

std::vector<prometheus::MetricFamily> DurationTable::Collect() const {
    prometheus::MetricFamily family = familyOf(info_);
    const MutexLock lock{mutex_};
    for (const auto& [values, histogram] : series_) {
        prometheus::ClientMetric sample = histogram->Collect();
        sample.label = labelsOf(info_, values);
        family.metric.push_back(std::move(sample));
    }
    return {std::move(family)};
}

std::string MetricRegistry::expose() const {
    std::vector<prometheus::MetricFamily> families;
    for (const MetricSource* source : sources_) {
        for (prometheus::MetricFamily& family : source->Collect()) families.push_back(std::move(family));
    }
    std::ostringstream text;
    prometheus::TextSerializer{}.Serialize(text, families);
    return std::move(text).str();
}

std::vector<MetricInfo> MetricRegistry::describe() const {
    std::vector<MetricInfo> all;
    for (const MetricSource* source : sources_) {
        for (MetricInfo& info : source->describe()) all.push_back(std::move(info));
    }
    return all;
}

}  // namespace bursar::telemetry
