// metrics_text: Prometheus' text format, read. Pure; the text comes from outside.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::cli::pipeline_tools {

struct metric_sample {
    std::string name;
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;

    // The label's value; empty when there is none.
    std::string_view label(std::string_view of) const;
};

inline constexpr std::size_t metric_samples_max = 1'000'000;

// The samples of a page, in its order; comments and timestamps are left out. A sentence with the
// line's number when a line is none.
std::expected<std::vector<metric_sample>, std::string> parse_metrics(std::string_view page);

}  // namespace weir::cli::pipeline_tools
