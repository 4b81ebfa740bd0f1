// exposition: what /metrics gives, as samples: Prometheus' text format 0.0.4 and OpenMetrics 1.0.
// Pure. The samples view the text they were parsed from, but for labels with escapes in them.
//
// The format is read by lines; a line that is wrong makes the whole of it wrong, as Prometheus has
// it. Samples, labels and lengths are bounded.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::prometheus {

struct label {
    std::string_view name;
    std::string_view value;
};

struct family {
    std::string_view name;
    std::string_view type = "unknown";  // counter, gauge, histogram, summary, ...
    std::string_view help;              // empty: none
    bool has_help = false;
};

struct sample {
    std::string_view name;  // of a histogram with _bucket, _sum, _count
    std::uint32_t family = 0;
    std::uint32_t label_first = 0;
    std::uint32_t label_count = 0;
    double value = 0;
    bool has_timestamp = false;
    std::int64_t timestamp_ms = 0;
};

struct exposition_limits {
    std::size_t samples_max = 1'000'000;
    std::size_t labels_max = 64;  // of a sample
    std::size_t name_bytes_max = 1024;
    std::size_t value_bytes_max = 16 * 1024;
};

// Of one scrape. Samples of a family stand together as they do in the text.
struct exposition {
    std::vector<family> families;
    std::vector<sample> samples;
    std::vector<label> labels;
    std::deque<std::string> texts;  // what had escapes
};

// `is_openmetrics` by the content type: its timestamps are seconds, and its end is marked. The
// error has the number of the line.
std::expected<void, std::string> parse_exposition(std::string_view text, bool is_openmetrics,
                                                  const exposition_limits& limits,
                                                  exposition& into);

}  // namespace weir::connectors::prometheus
