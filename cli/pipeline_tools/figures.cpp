#include "cli/pipeline_tools/figures.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace weir::cli::pipeline_tools {
namespace {

// A counter or gauge by what it is about, its samples added up.
using sums = std::map<std::string, double, std::less<>>;

constexpr std::string_view group_prefix = "connect-";

sums sums_of(const reading& from, std::string_view name, std::string_view label) {
    sums out;
    for (const auto& each : from.samples) {
        if (each.name == name && std::isfinite(each.value)) {
            out[std::string(each.label(label))] += each.value;
        }
    }
    return out;
}

std::optional<double> find(const sums& in, std::string_view key) {
    const auto found = in.find(key);
    if (found == in.end()) return std::nullopt;
    return found->second;
}

// Rates of counters between two readings.
class rates {
  public:
    rates(const reading& now, const reading* before) : now_(now), before_(before) {
        if (before != nullptr) seconds_ = now.seconds - before->seconds;
    }

    std::optional<double> of(std::string_view name, std::string_view label, std::string_view key) {
        if (seconds_ <= 0) return std::nullopt;
        const auto after = find(both(name, label).after, key);
        if (!after) return std::nullopt;
        const auto earlier = find(both(name, label).earlier, key).value_or(0);
        return (*after >= earlier ? *after - earlier : *after) / seconds_;
    }

  private:
    struct pair {
        sums after;
        sums earlier;
    };
    const pair& both(std::string_view name, std::string_view label) {
        auto [at, is_fresh] = known_.try_emplace(std::string(name));
        if (is_fresh) {
            at->second = {.after = sums_of(now_, name, label),
                          .earlier = sums_of(*before_, name, label)};
        }
        return at->second;
    }

    const reading& now_;
    const reading* before_;
    double seconds_ = 0;
    std::map<std::string, pair, std::less<>> known_;
};

using by_name = std::map<std::string, connector_figures, std::less<>>;

// Metrics of tasks have the name of their connector as a label.
void each_of(const reading& now, std::string_view name,
             const std::function<void(const metric_sample&)>& use) {
    for (const auto& each : now.samples) {
        if (each.name == name) use(each);
    }
}

// "running" in metrics is RUNNING in Connect's words.
std::string state_of(const metric_sample& each) {
    std::string out(each.label("status"));
    std::ranges::transform(out, out.begin(), [](char letter) {
        return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    });
    return out;
}

void read_states(const reading& now, by_name& into) {
    each_of(now, "kafka_connect_connector_status", [&](const metric_sample& each) {
        auto& of = into[std::string(each.label("connector"))];
        if (each.value != 0) of.state = state_of(each);
    });
    each_of(now, "kafka_connect_connector_task_status", [&](const metric_sample& each) {
        if (each.value == 0) return;
        auto& of = into[std::string(each.label("connector"))];
        of.tasks += 1;
        if (state_of(each) == "FAILED") of.tasks_failed += 1;
    });
}

struct counter {
    std::string_view name;
    double connector_figures::* field;
};
constexpr counter counters[] = {
    {"kafka_connect_task_error_total_record_errors", &connector_figures::errors},
    {"kafka_connect_task_error_total_retries", &connector_figures::retries},
    {"kafka_connect_task_error_total_records_skipped", &connector_figures::skipped},
    {"kafka_connect_task_error_deadletterqueue_produce_requests", &connector_figures::dead_letters},
};

void read_counters(const reading& now, by_name& into) {
    for (const auto& counter : counters) {
        each_of(now, counter.name, [&](const metric_sample& each) {
            into[std::string(each.label("connector"))].*counter.field += each.value;
        });
    }
}

struct side {
    std::string_view kind;
    std::string_view in;
    std::string_view out;
    std::string_view batch_ms;
};
constexpr side sides[] = {
    {"source", "kafka_connect_source_task_source_record_poll_total",
     "kafka_connect_source_task_source_record_write_total",
     "kafka_connect_source_task_poll_batch_avg_time_ms"},
    {"sink", "kafka_connect_sink_task_sink_record_read_total",
     "kafka_connect_sink_task_sink_record_send_total",
     "kafka_connect_sink_task_put_batch_avg_time_ms"},
};

void read_sides(const reading& now, rates& between, by_name& into) {
    for (const auto& side : sides) {
        for (const auto name : {side.in, side.out, side.batch_ms}) {
            each_of(now, name, [&](const metric_sample& each) {
                auto& of = into[std::string(each.label("connector"))];
                of.kind = side.kind;
                if (name != side.batch_ms || !std::isfinite(each.value)) return;
                of.batch_ms = std::max(of.batch_ms.value_or(0), each.value);
            });
        }
    }
    for (auto& [name, of] : into) {
        for (const auto& side : sides) {
            if (of.kind != side.kind) continue;
            of.records_in = between.of(side.in, "connector", name);
            of.records_out = between.of(side.out, "connector", name);
        }
    }
}

// The worker's own figures where it has some, as it may work with brokers elsewhere; else what the
// broker of the same page says of the group.
void read_lag(const reading& now, by_name& into) {
    each_of(now, "kafka_connect_sink_task_lag", [&](const metric_sample& each) {
        auto& of = into[std::string(each.label("connector"))];
        of.lag = of.lag.value_or(0) + each.value;
    });
    const auto groups = sums_of(now, "kafka_consumer_group_lag", "group");
    for (auto& [name, of] : into) {
        if (!of.lag) of.lag = find(groups, std::string(group_prefix) + name);
    }
}

void add(std::optional<double>& to, const std::optional<double>& what) {
    if (what) to = to.value_or(0) + *what;
}

connector_figures total_of(const std::vector<connector_figures>& all) {
    connector_figures out{.name = "total", .kind = "", .state = ""};
    for (const auto& each : all) {
        out.tasks += each.tasks;
        out.tasks_failed += each.tasks_failed;
        add(out.records_in, each.records_in);
        add(out.records_out, each.records_out);
        add(out.lag, each.lag);
        out.errors += each.errors;
        out.retries += each.retries;
        out.skipped += each.skipped;
        out.dead_letters += each.dead_letters;
    }
    return out;
}

std::vector<topic_figures> topics_of(const reading& now, rates& between) {
    constexpr std::string_view log_end = "kafka_log_log_end_offset";
    std::map<std::string, topic_figures, std::less<>> topics;
    each_of(now, log_end, [&](const metric_sample& each) {
        auto& of = topics[std::string(each.label("topic"))];
        of.partitions += 1;
    });
    const auto sizes = sums_of(now, "kafka_log_log_size_bytes", "topic");
    std::vector<topic_figures> out;
    for (auto& [name, of] : topics) {
        of.name = name;
        of.records_in = between.of(log_end, "topic", name);
        of.bytes = find(sizes, name);
        out.push_back(std::move(of));
    }
    std::ranges::sort(out, [](const topic_figures& left, const topic_figures& right) {
        const auto rate = left.records_in.value_or(0);
        const auto other = right.records_in.value_or(0);
        return rate != other ? rate > other : left.name < right.name;
    });
    return out;
}

}  // namespace

figures figures_of(const reading& now, const reading* before) {
    rates between(now, before);
    by_name connectors;
    read_states(now, connectors);
    read_counters(now, connectors);
    read_sides(now, between, connectors);
    read_lag(now, connectors);
    figures out;
    for (auto& [name, of] : connectors) {
        of.name = name;
        out.connectors.push_back(std::move(of));
    }
    out.total = total_of(out.connectors);
    out.topics = topics_of(now, between);
    out.bytes_in = between.of("kafka_server_broker_topic_metrics_bytes_in_total", "", "");
    out.bytes_out = between.of("kafka_server_broker_topic_metrics_bytes_out_total", "", "");
    return out;
}

}  // namespace weir::cli::pipeline_tools
