// broker_config: the settings of a broker as typed values, checked as a whole; and every setting
// with its source for DescribeConfigs. Plain values, not changed after the start.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace weir::config {

struct listener {
    std::string name;
    std::string host;
    std::uint16_t port = 0;
};

struct broker_config {
    std::int32_t node_id = 1;
    std::string cluster_id;  // empty: made at format, or read from meta.properties
    std::string data_dir = "data";
    std::optional<std::string> rack;
    std::vector<listener> listeners;  // those for clients
    // Where the file says that this node is met as a voter; told by DescribeQuorum.
    std::vector<listener> controllers;
    std::vector<listener> advertised;
    bool flush_on_commit = true;
    std::int32_t shards = 0;
    std::optional<listener> metrics;
    std::string log_level = "info";
    bool log_json = false;

    std::int32_t num_partitions = 1;
    std::int16_t default_replication_factor = 1;
    std::int32_t min_insync_replicas = 1;
    bool auto_create_topics_enable = true;
    bool delete_topic_enable = true;
    bool transaction_partition_verification_enable = true;
    std::int64_t retention_check_interval_ms = 300'000;
    std::int64_t checkpoint_interval_ms = 60'000;
    std::int64_t producer_id_expiration_ms = 86'400'000;
    bool log_cleaner_enable = true;
    std::int32_t log_cleaner_threads = 1;
    std::int64_t log_cleaner_dedupe_buffer_size = 134'217'728;
    double log_cleaner_io_max_bytes_per_second = std::numeric_limits<double>::max();
    std::int64_t log_cleaner_backoff_ms = 15'000;

    std::int64_t connections_max_idle_ms = 600'000;
    std::int64_t max_connections = INT32_MAX;
    std::int64_t max_connections_per_ip = INT32_MAX;
    std::int64_t socket_request_max_bytes = 104'857'600;
    std::int64_t queued_max_request_bytes = -1;
    std::int32_t fetch_max_bytes = 57'671'680;
    std::int32_t fetch_session_slots = 1000;

    std::int32_t offsets_topic_num_partitions = 50;
    std::int16_t offsets_topic_replication_factor = 3;
    std::int32_t offsets_topic_segment_bytes = 104'857'600;
    std::int64_t offsets_retention_minutes = 10'080;
    std::int64_t offsets_retention_check_interval_ms = 600'000;
    std::int32_t offset_metadata_max_bytes = 4096;
    std::int32_t transactions_topic_num_partitions = 50;
    std::int16_t transactions_topic_replication_factor = 3;
    std::int16_t transactions_topic_min_insync_replicas = 2;
    std::int32_t transactions_topic_segment_bytes = 104'857'600;
    std::int32_t transaction_max_timeout_ms = 900'000;
    std::int64_t transaction_timeout_check_interval_ms = 10'000;
    std::int32_t add_partitions_backoff_ms = 20;
    std::int32_t add_partitions_wait_ms_max = 100;
    std::int64_t transactional_id_expiration_ms = 604'800'000;
    std::int64_t transactional_id_expiry_interval_ms = 3'600'000;
    std::int32_t group_initial_rebalance_delay_ms = 250;
    std::int32_t group_min_session_timeout_ms = 6000;
    std::int32_t group_max_session_timeout_ms = 1'800'000;
    std::int32_t group_max_size = INT32_MAX;
    std::vector<std::string> group_rebalance_protocols = {"classic", "consumer", "streams"};
    std::int32_t group_consumer_assignment_interval_ms = 1000;
    std::int32_t group_consumer_min_assignment_interval_ms = 0;
    std::int32_t group_consumer_max_assignment_interval_ms = 15'000;
    std::int32_t group_consumer_heartbeat_interval_ms = 5000;
    std::int32_t group_consumer_min_heartbeat_interval_ms = 5000;
    std::int32_t group_consumer_max_heartbeat_interval_ms = 15'000;
    std::int32_t group_consumer_session_timeout_ms = 45'000;
    std::int32_t group_consumer_min_session_timeout_ms = 45'000;
    std::int32_t group_consumer_max_session_timeout_ms = 60'000;
    std::int32_t group_consumer_max_size = INT32_MAX;
    std::int32_t group_consumer_regex_refresh_interval_ms = 600'000;
    std::vector<std::string> group_consumer_assignors = {"uniform", "range"};
    std::string group_consumer_migration_policy = "bidirectional";  // in small letters

    // As written: for DescribeConfigs, and as the defaults of topics.
    settings written;
};

// Makes the typed configuration of checked settings. Adds to `from.errors` and `.warnings` what is
// wrong as a whole; the result counts only when there are no errors.
broker_config make_broker_config(settings& from);

// "NAME://host:port", a list of them.
std::expected<std::vector<listener>, std::string> parse_listeners(std::string_view text);

}  // namespace weir::config
