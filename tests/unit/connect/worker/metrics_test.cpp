// Goal: the metrics have the names that dashboards query, and samples of connectors cannot break
// the page. Method: the families of counters that the test set.
#include "connect/worker/metrics.hpp"

#include <gtest/gtest.h>

#include "connect/sdk/outcome.hpp"

namespace weir::connect::worker {
namespace {

std::string page_of(bool source, const std::shared_ptr<task_metrics>& metrics) {
    return base::metrics_page(
        metric_families({{.name = "shop",
                          .source = source,
                          .status = "RUNNING",
                          .tasks = {{.task = 0, .status = "RUNNING", .metrics = metrics}}}}));
}

TEST(worker_metrics, have_the_names_that_dashboards_query) {
    const auto metrics = std::make_shared<task_metrics>();
    add(metrics->records_in, 7);
    add(metrics->startup_failures, 3);
    metrics->errors.record_errors = 2;
    metrics->set_lags({{.topic = "orders", .partition = 1, .lag = 5}});
    const auto source = page_of(true, metrics);
    for (const auto* line :
         {"kafka_connect_worker_connector_count 1", "kafka_connect_worker_task_count 1",
          "kafka_connect_worker_connector_startup_failure_total 3",
          "kafka_connect_worker_rebalance_epoch 0", "kafka_connect_worker_rebalancing 0",
          "kafka_connect_connector_status{connector=\"shop\",status=\"running\"} 1",
          "kafka_connect_connector_task_status{connector=\"shop\",task=\"0\",status=\"running\"} 1",
          "kafka_connect_source_task_source_record_poll_total{connector=\"shop\",task=\"0\"} 7",
          "kafka_connect_task_error_total_record_errors{connector=\"shop\",task=\"0\"} 2"}) {
        EXPECT_NE(source.find(line), std::string::npos) << line << "\n" << source;
    }
    const auto sink = page_of(false, metrics);
    for (const auto* line :
         {"kafka_connect_sink_task_sink_record_read_total{connector=\"shop\",task=\"0\"} 7",
          "kafka_connect_sink_task_lag{connector=\"shop\",task=\"0\",topic=\"orders\","
          "partition=\"1\"} 5"}) {
        EXPECT_NE(sink.find(line), std::string::npos) << line << "\n" << sink;
    }
}

TEST(worker_metrics, take_samples_of_connectors_and_ignore_impossible_ones) {
    const auto metrics = std::make_shared<task_metrics>();
    const auto set = [&](const char* name, double value, bool gone = false) {
        const weir_metric sample = {sizeof(weir_metric),
                                    1,
                                    gone ? std::uint8_t{1} : std::uint8_t{0},
                                    {},
                                    sdk::text(name),
                                    sdk::text("Lines."),
                                    nullptr,
                                    0,
                                    0,
                                    value};
        metrics->set_sample(sample);
    };
    set("lines_total", 3);
    set("lines_total", 4);
    set("no such name", 1);
    set("gone_total", 1);
    set("gone_total", 1, true);
    const auto page = page_of(true, metrics);
    EXPECT_NE(page.find("lines_total{connector=\"shop\",task=\"0\"} 4"), std::string::npos);
    EXPECT_EQ(page.find("no such"), std::string::npos);
    EXPECT_EQ(page.find("gone_total"), std::string::npos);
}

}  // namespace
}  // namespace weir::connect::worker
