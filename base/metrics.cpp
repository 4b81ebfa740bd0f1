#include "base/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace weir::base {
namespace {

prometheus::MetricType to_prometheus(metric_type type) {
    switch (type) {
        case metric_type::counter:
            return prometheus::MetricType::Counter;
        case metric_type::gauge:
            return prometheus::MetricType::Gauge;
        case metric_type::histogram:
            return prometheus::MetricType::Histogram;
    }
    return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric to_prometheus(const metric_sample& sample) {
    prometheus::ClientMetric made;
    for (const auto& [name, value] : sample.labels)
        made.label.push_back({name, value});
    made.counter.value = made.gauge.value = sample.value;
    made.histogram.sample_count = sample.count;
    made.histogram.sample_sum = sample.sum;
    for (const auto& [bound, count] : sample.buckets) {
        prometheus::ClientMetric::Bucket bucket;
        bucket.upper_bound = bound;
        bucket.cumulative_count = count;
        made.histogram.bucket.push_back(bucket);
    }
    return made;
}

}  // namespace

std::string metrics_page(const std::vector<metric_family>& families) {
    std::vector<prometheus::MetricFamily> converted;
    for (const auto& family : families) {
        prometheus::MetricFamily each;
        each.name = family.name;
        each.help = family.help;
        each.type = to_prometheus(family.type);
        for (const auto& sample : family.samples)
            each.metric.push_back(to_prometheus(sample));
        converted.push_back(std::move(each));
    }
    return prometheus::TextSerializer().Serialize(converted);
}

}  // namespace weir::base
