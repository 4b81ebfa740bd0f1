// topic_config: what a topic's options come to: its own overrides over the broker's settings over
// the defaults; with the source of each for DescribeConfigs. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/option.hpp"
#include "config/settings.hpp"

namespace weir::config {

// Kafka's ConfigSource numbers, as DescribeConfigs sends them.
enum class config_source : std::int8_t {
    unknown = 0,
    dynamic_topic = 1,
    dynamic_broker = 2,
    dynamic_default_broker = 3,
    static_broker = 4,
    default_value = 5,
    dynamic_group = 8
};

struct config_value {
    std::string name;
    std::optional<std::string> value;
    config_source source = config_source::default_value;
};

struct described_option {
    const option* of = nullptr;
    std::optional<std::string> value;
    config_source source = config_source::default_value;
    std::vector<config_value> synonyms;  // from the strongest to the default
};

using overrides = std::map<std::string, std::string>;

// The layers below a topic's own overrides.
struct broker_layers {
    const settings& written;           // the file, the environment, the command line
    const overrides& dynamic_broker;   // set on this broker by AlterConfigs
    const overrides& dynamic_default;  // set on all brokers
};

// The reason why a topic cannot have this setting; nothing when it can.
std::optional<std::string> check_topic_config(std::string_view name, std::string_view value);
// The same for an option of the broker.
std::optional<std::string> check_broker_config(const option& of, std::string_view value);

// The effective value of an option that overrides can set over the broker's, as `source`.
described_option describe_over_broker(const option& of, const overrides& own,
                                      const broker_layers& broker, config_source source);
// The effective value of one option of a topic, its source, and what lies below.
described_option describe_topic_option(const option& of, const overrides& topic,
                                       const broker_layers& broker);
// The same for an option of the broker.
described_option describe_broker_option(const option& of, const broker_layers& broker);

// The effective values as numbers and texts.
class topic_settings {
  public:
    topic_settings(const overrides& topic, const broker_layers& broker);
    std::int64_t number(std::string_view name) const { return to_integer(text(name)); }
    double real(std::string_view name) const { return to_real(text(name)); }
    bool flag(std::string_view name) const { return to_boolean(text(name)); }
    const std::string& text(std::string_view name) const;

  private:
    std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace weir::config
