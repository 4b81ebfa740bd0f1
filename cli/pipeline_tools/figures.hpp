// figures: what `weir top` shows, out of two readings of /metrics. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/pipeline_tools/metrics_text.hpp"

namespace weir::cli::pipeline_tools {

// Of a connector, its tasks added up; rates per second. Nothing where no metric says so, or where
// there is one reading only.
struct connector_figures {
    std::string name;
    std::string kind = "-";  // source, sink
    std::string state = "-";
    double tasks = 0;
    double tasks_failed = 0;
    std::optional<double> records_in;   // polled by a source, read by a sink
    std::optional<double> records_out;  // written by a source, sent by a sink
    std::optional<double> batch_ms;     // the slowest task's average time of a poll or put
    std::optional<double> lag;          // records between a sink's group and the end of its topics
    double errors = 0;                  // counts since the worker started
    double retries = 0;
    double skipped = 0;
    double dead_letters = 0;
};

struct topic_figures {
    std::string name;
    double partitions = 0;
    std::optional<double> records_in;  // per second
    std::optional<double> bytes;       // in the log, now
};

struct figures {
    std::vector<connector_figures> connectors;  // by name
    std::vector<topic_figures> topics;          // by rate, then by name
    connector_figures total;
    std::optional<double> bytes_in;  // of the broker, per second
    std::optional<double> bytes_out;
};

struct reading {
    std::vector<metric_sample> samples;
    double seconds = 0;  // when, by any clock
};

// `before` may be null. A counter that went down began anew: its rate counts from 0.
figures figures_of(const reading& now, const reading* before);

struct table_options {
    bool colors = false;
    std::size_t topics_max = 15;
};
// As lines of text, and as one JSON object.
std::string table_of(const figures& what, const table_options& how);
std::string json_of(const figures& what);

}  // namespace weir::cli::pipeline_tools
