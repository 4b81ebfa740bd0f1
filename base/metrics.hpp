// Metrics for Prometheus, collected when they are asked for. Gateway to prometheus-cpp: its types
// and its text format stay in metrics.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace weir::base {

enum class metric_type : std::uint8_t { counter, gauge, histogram };

using metric_labels = std::vector<std::pair<std::string, std::string>>;

struct metric_sample {
    metric_labels labels;
    double value = 0;  // counter, gauge
    // histogram: cumulative counts by upper bound, then all
    std::vector<std::pair<double, std::uint64_t>> buckets;
    std::uint64_t count = 0;
    double sum = 0;
};

struct metric_family {
    std::string name;
    std::string help;
    metric_type type = metric_type::gauge;
    std::vector<metric_sample> samples;
};

// The page in Prometheus' text format.
std::string metrics_page(const std::vector<metric_family>& families);

}  // namespace weir::base
