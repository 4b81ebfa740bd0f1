// Goal: `weir top` shows what the metrics say. Method: two pages of metrics by hand, a second or
// two apart, and the figures and the table that come out of them.
#include "cli/pipeline_tools/figures.hpp"

#include <gtest/gtest.h>

namespace weir::cli::pipeline_tools {
namespace {

reading read(std::string_view page, double seconds) {
    auto parsed = parse_metrics(page);
    EXPECT_TRUE(parsed) << parsed.error();
    return {.samples = std::move(*parsed), .seconds = seconds};
}

constexpr std::string_view first_page = R"(
kafka_connect_connector_status{connector="shop",status="RUNNING"} 1
kafka_connect_connector_status{connector="shop",status="PAUSED"} 0
kafka_connect_source_task_source_record_poll_total{connector="shop",task="0"} 100
kafka_connect_source_task_source_record_write_total{connector="shop",task="0"} 90
kafka_connect_sink_task_sink_record_read_total{connector="lake",task="0"} 50
kafka_connect_sink_task_sink_record_read_total{connector="lake",task="1"} 70
kafka_log_log_end_offset{topic="orders",partition="0"} 10
kafka_server_broker_topic_metrics_bytes_in_total 1000
)";

constexpr std::string_view second_page = R"(
kafka_connect_connector_status{connector="shop",status="RUNNING"} 1
kafka_connect_connector_status{connector="shop",status="PAUSED"} 0
kafka_connect_connector_status{connector="lake",status="running"} 1
kafka_connect_connector_task_status{connector="lake",task="0",status="running"} 1
kafka_connect_connector_task_status{connector="lake",task="1",status="failed"} 1
kafka_connect_source_task_source_record_poll_total{connector="shop",task="0"} 300
kafka_connect_source_task_source_record_write_total{connector="shop",task="0"} 10
kafka_connect_source_task_poll_batch_avg_time_ms{connector="shop",task="0"} 1.5
kafka_connect_sink_task_sink_record_read_total{connector="lake",task="0"} 150
kafka_connect_sink_task_sink_record_read_total{connector="lake",task="1"} 170
kafka_connect_task_error_total_record_errors{connector="lake",task="1"} 4
kafka_connect_task_error_total_retries{connector="lake",task="1"} 9
kafka_connect_task_error_deadletterqueue_produce_requests{connector="lake",task="1"} 3
kafka_consumer_group_lag{group="connect-lake",topic="orders",partition="0"} 5
kafka_consumer_group_lag{group="connect-lake",topic="orders",partition="1"} 6
kafka_consumer_group_lag{group="others",topic="orders",partition="1"} 1000
kafka_log_log_end_offset{topic="orders",partition="0"} 50
kafka_log_log_end_offset{topic="orders",partition="1"} 20
kafka_log_log_end_offset{topic="idle",partition="0"} 7
kafka_log_log_size_bytes{topic="orders",partition="0"} 4096
kafka_server_broker_topic_metrics_bytes_in_total 5000
)";

TEST(figures, rates_come_of_two_readings) {
    const auto before = read(first_page, 10);
    const auto now = figures_of(read(second_page, 12), &before);
    ASSERT_EQ(now.connectors.size(), 2U);
    const auto& lake = now.connectors[0];
    EXPECT_EQ(lake.name, "lake");
    EXPECT_EQ(lake.kind, "sink");
    EXPECT_EQ(lake.state, "RUNNING");
    EXPECT_EQ(lake.tasks, 2);
    EXPECT_EQ(lake.tasks_failed, 1);
    EXPECT_EQ(lake.records_in, 100);
    EXPECT_EQ(lake.records_out, std::nullopt);
    EXPECT_EQ(lake.lag, 11);
    EXPECT_EQ(lake.errors, 4);
    EXPECT_EQ(lake.retries, 9);
    EXPECT_EQ(lake.dead_letters, 3);
    const auto& shop = now.connectors[1];
    EXPECT_EQ(shop.kind, "source");
    EXPECT_EQ(shop.records_in, 100);
    EXPECT_EQ(shop.records_out, 5) << "a counter that went down counts from 0";
    EXPECT_EQ(shop.batch_ms, 1.5);
    EXPECT_EQ(now.total.records_in, 200);
    ASSERT_EQ(now.topics.size(), 2U);
    EXPECT_EQ(now.topics[0].name, "orders");
    EXPECT_EQ(now.topics[0].partitions, 2);
    EXPECT_EQ(now.topics[0].records_in, 30);
    EXPECT_EQ(now.topics[0].bytes, 4096);
    EXPECT_EQ(now.bytes_in, 2000);
    EXPECT_EQ(now.bytes_out, std::nullopt);
}

TEST(figures, one_reading_has_no_rates) {
    const auto now = figures_of(read(second_page, 12), nullptr);
    EXPECT_EQ(now.connectors[0].records_in, std::nullopt);
    EXPECT_EQ(now.connectors[0].lag, 11);
    EXPECT_EQ(now.bytes_in, std::nullopt);
}

TEST(figures, the_lag_that_the_worker_tells_counts_before_the_brokers) {
    const auto page = std::string(second_page) +
                      "kafka_connect_sink_task_lag{connector=\"lake\",topic=\"orders\"} 3\n";
    EXPECT_EQ(figures_of(read(page, 12), nullptr).connectors[0].lag, 3);
}

TEST(figures, the_table_has_a_row_for_each_and_no_control_characters_of_names) {
    auto page = std::string(second_page);
    page += "kafka_connect_connector_status{connector=\"\x1b[2Jbad\",status=\"RUNNING\"} 1\n";
    const auto before = read(first_page, 10);
    const auto what = figures_of(read(page, 12), &before);
    const auto table = table_of(what, {.topics_max = 1});
    EXPECT_EQ(table.find('\x1b'), std::string::npos);
    EXPECT_NE(table.find("\\x1b[2Jbad"), std::string::npos) << table;
    EXPECT_NE(table.find("2 (1!)"), std::string::npos) << table;
    EXPECT_NE(table.find("total"), std::string::npos) << table;
    EXPECT_NE(table.find("and 1 topics more"), std::string::npos) << table;
    EXPECT_EQ(table_of({}, {}), "no connectors and no topics\n");
}

TEST(figures, the_json_says_null_where_nothing_is_known) {
    const auto text = json_of(figures_of(read(second_page, 12), nullptr));
    EXPECT_NE(text.find(R"({"name":"lake","type":"sink","state":"RUNNING","tasks":2,)"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(R"("records_in_per_second":null)"), std::string::npos) << text;
    EXPECT_TRUE(text.ends_with("}\n"));
}

}  // namespace
}  // namespace weir::cli::pipeline_tools
