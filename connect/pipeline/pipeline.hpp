// pipeline: what a pipeline file says, checked and typed: the node, the broker or the cluster, and
// a configuration for each component. Two of them are compared to see what a reload changes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "connect/data/transform.hpp"
#include "connect/plugin/component_settings.hpp"

namespace weir::connect::pipeline {

using milliseconds = std::chrono::milliseconds;

enum class component_kind : std::uint8_t { source, sink };
// exactly_once: positions and records in one transaction.
enum class delivery_mode : std::uint8_t { exactly_once, at_least_once };
// What happens to a record that cannot be processed: the task fails, or it is skipped (and written
// to the dead letter topic, if there is one).
enum class tolerance : std::uint8_t { none, all };

struct error_policy {
    tolerance tolerated = tolerance::none;  // all when there is a dead letter topic
    std::string dead_letter_topic;          // empty: none
    milliseconds retry_for{0};              // how long one operation is tried again
    milliseconds retry_backoff_min{200};
    milliseconds retry_backoff_max{60000};
    bool log = true;                // a line for each error
    bool log_with_message = false;  // topic, partition, offset and timestamp in it

    bool operator==(const error_policy&) const = default;
};

struct converter_config {
    std::string name = "auto";
    std::string decimal_format = "BASE64";

    bool operator==(const converter_config&) const = default;
};

// One [source.NAME] or [sink.NAME].
struct component {
    component_kind kind = component_kind::source;
    std::string name;
    std::string type;
    std::string place;  // "pipeline.toml:12:1"
    converter_config key_converter;
    converter_config value_converter;
    std::vector<data::transform_step> smt;
    error_policy errors;
    plugin::component_settings settings;  // the connector's own

    // Of a source: where to, unless its records say so.
    std::string topic;
    std::int32_t partitions = 1;  // of a topic that is created
    delivery_mode delivery = delivery_mode::exactly_once;
    milliseconds commit_interval{100};  // at most so long a transaction stays open under load

    // Of a sink: topics, with * and ? as in file names; its group ("connect-NAME", as Connect's).
    std::vector<std::string> from;
    std::string group;
    bool from_beginning = true;  // where a group without positions begins
    std::int32_t tasks = 1;

    // Whether they are the same but for their places.
    bool same_as(const component& other) const;
};

struct pipeline {
    std::string data_dir = "data";
    std::string http = "127.0.0.1:8083";  // empty: none
    std::string log_level = "info";
    bool log_json = false;
    // [broker] and [node] as the broker's settings; nothing with [kafka].
    std::optional<config::settings> broker;
    // [kafka]: bootstrap and further settings of librdkafka's names. Empty bootstrap: [broker].
    std::string bootstrap;
    std::vector<std::pair<std::string, std::string>> client_settings;
    std::vector<component> components;
};

}  // namespace weir::connect::pipeline
