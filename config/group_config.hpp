// group_config: what a group's options come to: its own overrides, within the broker's bounds, over
// the broker's settings; with the source of each for DescribeConfigs. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/broker_config.hpp"
#include "config/topic_config.hpp"

namespace weir::config {

// The reason why a group cannot have all these overrides; nothing when it can. In Kafka's words.
std::optional<std::string> check_group_config(const overrides& group, const broker_layers& broker);

// The value of one option of a group, its source, and what lies below.
described_option describe_group_option(const option& of, const overrides& group,
                                       const broker_layers& broker);

// What members of the consumer protocol are held to. A value outside of the broker's bounds, from
// when they were others, is the nearest one within them.
class group_config {
  public:
    group_config(const overrides& group, const broker_config& broker)
        : group_(group), broker_(broker) {}
    std::int32_t consumer_session_timeout_ms() const;
    std::int32_t consumer_heartbeat_interval_ms() const;
    std::int32_t consumer_assignment_interval_ms() const;

  private:
    struct bounds {
        std::int32_t least;
        std::int32_t most;
    };
    std::int32_t within(std::string_view name, std::int32_t initial, bounds of) const;

    const overrides& group_;
    const broker_config& broker_;
};

}  // namespace weir::config
