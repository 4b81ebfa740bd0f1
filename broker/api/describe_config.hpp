// The options of topics and brokers as DescribeConfigs and CreateTopics tell them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/api/services.hpp"

namespace weir::broker::api {

struct described_config {
    std::string name;
    std::optional<std::string> value;  // nothing for a password
    config::config_source source = config::config_source::default_value;
    bool read_only = false;
    bool sensitive = false;
    std::int8_t type = 0;  // Kafka's ConfigEntry.ConfigType
    std::string text;
    std::vector<config::config_value> synonyms;
};

// All options of a topic with these overrides.
std::vector<described_config> describe_topic_config(const services& node,
                                                    const controller::config_values& overrides);
// All options of a group with these overrides.
std::vector<described_config> describe_group_config(const services& node,
                                                    const controller::config_values& overrides);
// All options of the broker `name` ("" for the cluster-wide dynamic ones only).
std::vector<described_config> describe_broker_config(const services& node, const std::string& name);

// Whether a resource's name can be a broker's id.
bool is_number(std::string_view text);

// Whether a broker option may be changed while the broker runs: those that are topics' defaults.
bool is_dynamic_broker_option(std::string_view name);

}  // namespace weir::broker::api
