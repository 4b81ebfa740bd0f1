#include "connect/worker/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace weir::connect::worker {
namespace {

using base::metric_labels;
using base::metric_type;
using families = std::map<std::string, base::metric_family>;

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

double ratio(double of, double to) {
    return to > 0 ? of / to : 0;
}

class task_page {
  public:
    task_page(families& into, metric_labels labels) : into_(into), labels_(std::move(labels)) {}

    void gauge(const std::string& name, const std::string& help, double value) {
        put(name, help, metric_type::gauge, value, {});
    }
    void total(const std::string& name, const std::string& help, const counter& from) {
        put(name, help, metric_type::counter, static_cast<double>(from.load()), {});
    }
    void labelled(const std::string& name, const std::string& help, metric_labels more) {
        put(name, help, metric_type::gauge, 1, std::move(more));
    }
    void labelled_gauge(const std::string& name, const std::string& help, metric_labels more,
                        double value) {
        put(name, help, metric_type::gauge, value, std::move(more));
    }

  private:
    void put(const std::string& name, const std::string& help, metric_type type, double value,
             metric_labels more) {
        auto& family = into_[name];
        family.name = name;
        family.help = help;
        family.type = type;
        auto labels = labels_;
        labels.insert(labels.end(), more.begin(), more.end());
        auto& sample = family.samples.emplace_back();
        sample.labels = std::move(labels);
        sample.value = value;
    }

    families& into_;
    metric_labels labels_;
};

void add_source(task_page& page, const task_metrics& of) {
    const std::string prefix = "kafka_connect_source_task_";
    page.total(prefix + "source_record_poll_total", "Records that the source gave.", of.records_in);
    page.total(prefix + "source_record_write_total", "Records written to topics.", of.records_out);
    page.gauge(prefix + "source_record_active_count", "Records written and not yet committed.",
               static_cast<double>(of.records_active.load()));
    const auto batches = static_cast<double>(of.batches.load());
    page.gauge(prefix + "poll_batch_avg_time_ms", "Average time of a poll that gave records.",
               ratio(static_cast<double>(of.batch_us.load()) / 1000, batches));
    page.gauge(prefix + "poll_batch_max_time_ms", "Longest time of a poll that gave records.",
               static_cast<double>(of.batch_us_max.load()) / 1000);
}

void add_sink(task_page& page, const task_metrics& of) {
    const std::string prefix = "kafka_connect_sink_task_";
    page.total(prefix + "sink_record_read_total", "Records read from topics.", of.records_in);
    page.total(prefix + "sink_record_send_total", "Records that the sink took.", of.records_out);
    const auto batches = static_cast<double>(of.batches.load());
    page.gauge(prefix + "put_batch_avg_time_ms", "Average time of a put.",
               ratio(static_cast<double>(of.batch_us.load()) / 1000, batches));
    page.gauge(prefix + "put_batch_max_time_ms", "Longest time of a put.",
               static_cast<double>(of.batch_us_max.load()) / 1000);
    page.total(prefix + "offset_commit_completion_total", "Commits of offsets.", of.commits);
    page.gauge(prefix + "partition_count", "Partitions that the task reads.",
               static_cast<double>(of.partitions.load()));
    for (const auto& each : of.lags()) {
        page.labelled_gauge(
            prefix + "lag", "Records between the committed offset and the end of the partition.",
            {{"topic", each.topic}, {"partition", fmt::format("{}", each.partition)}},
            static_cast<double>(each.lag));
    }
}

void add_task(task_page& page, const task_metrics& of) {
    const std::string prefix = "kafka_connect_connector_task_";
    const auto running = static_cast<double>(of.running_us.load());
    const auto paused = static_cast<double>(of.paused_us.load());
    page.gauge(prefix + "running_ratio", "Share of its time that the task has not been paused.",
               running > 0 ? 1 - ratio(paused, running) : (paused > 0 ? 0 : 1));
    page.gauge(
        prefix + "batch_size_avg", "Average records of a batch.",
        ratio(static_cast<double>(of.records_in.load()), static_cast<double>(of.batches.load())));
    page.gauge(prefix + "batch_size_max", "Most records of a batch.",
               static_cast<double>(of.batch_size_max.load()));
    const auto commits = static_cast<double>(of.commits.load());
    const auto failures = static_cast<double>(of.commit_failures.load());
    page.gauge(prefix + "offset_commit_success_percentage", "Share of commits that succeeded.",
               commits + failures > 0 ? commits / (commits + failures) : 1);
    page.gauge(prefix + "offset_commit_avg_time_ms", "Average time of a commit.",
               ratio(static_cast<double>(of.commit_us.load()) / 1000, commits));
}

void add_errors(task_page& page, const errors::error_counts& of) {
    const std::string prefix = "kafka_connect_task_error_";
    page.total(prefix + "total_record_failures", "Tries with records that failed.",
               of.record_failures);
    page.total(prefix + "total_record_errors", "Records that could not be processed.",
               of.record_errors);
    page.total(prefix + "total_records_skipped", "Records skipped because of errors.",
               of.records_skipped);
    page.total(prefix + "total_retries", "Operations tried again.", of.retries);
    page.total(prefix + "deadletterqueue_produce_requests", "Records for the dead letter topic.",
               of.dead_letter_requests);
    page.total(prefix + "deadletterqueue_produce_failures",
               "Records that could not be written to it.", of.dead_letter_failures);
    page.gauge(prefix + "last_error_timestamp", "When the last error was, in ms since 1970.",
               static_cast<double>(of.last_error_ms.load()));
}

// How often connectors were started. Nothing is ever rebalanced within one process: dashboards find
// that said.
void add_worker(task_page& page, const std::vector<metered_component>& all) {
    const std::string prefix = "kafka_connect_worker_";
    counter tasks{0};
    counter startups{0};
    counter failures{0};
    for (const auto& component : all) {
        for (const auto& task : component.tasks) {
            add(tasks);
            add(startups, task.metrics->startups.load());
            add(failures, task.metrics->startup_failures.load());
        }
    }
    page.gauge(prefix + "connector_count", "Connectors of this worker.",
               static_cast<double>(all.size()));
    page.gauge(prefix + "task_count", "Tasks of this worker.", static_cast<double>(tasks.load()));
    for (const std::string what : {"connector", "task"}) {
        page.total(prefix + what + "_startup_success_total", "Starts that succeeded.", startups);
        page.total(prefix + what + "_startup_failure_total", "Starts that failed.", failures);
    }
    page.gauge(prefix + "rebalance_epoch", "Rebalances of this worker.", 0);
    page.gauge(prefix + "rebalancing", "Whether this worker is rebalancing.", 0);
    page.gauge(prefix + "rebalance_avg_time_ms", "Average time of its rebalances.", 0);
}

}  // namespace

std::vector<base::metric_family> metric_families(const std::vector<metered_component>& all) {
    families into;
    task_page worker(into, {});
    for (const auto& component : all) {
        task_page page(into, {{"connector", component.name}});
        page.labelled("kafka_connect_connector_status", "The connector is in this state.",
                      {{"status", lower(component.status)}});
        for (const auto& task : component.tasks) {
            const metric_labels labels = {{"connector", component.name},
                                          {"task", fmt::format("{}", task.task)}};
            task_page each(into, labels);
            each.labelled("kafka_connect_connector_task_status", "The task is in this state.",
                          {{"status", lower(task.status)}});
            if (component.source) add_source(each, *task.metrics);
            if (!component.source) add_sink(each, *task.metrics);
            add_task(each, *task.metrics);
            add_errors(each, task.metrics->errors);
            task.metrics->add_samples(labels, into);
        }
    }
    add_worker(worker, all);
    std::vector<base::metric_family> out;
    for (auto& [name, family] : into)
        out.push_back(std::move(family));
    return out;
}

}  // namespace weir::connect::worker
