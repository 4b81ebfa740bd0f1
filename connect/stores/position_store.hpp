// position_store: the positions of one source as they are in the topic of positions, read to its
// end. Belongs to the thread that calls it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "connect/kafka/consumer.hpp"

namespace weir::connect::stores {

// As Kafka Connect's offset.storage.topic.
inline constexpr std::string_view positions_topic = "connect-offsets";

// By partition, both as JSON objects.
using positions = std::map<std::string, std::string>;

struct read_options {
    kafka::client_options client;
    std::string component;
    kafka::milliseconds timeout{30000};
    // Asked now and then: whether to give up.
    std::function<bool()> stop = {};
};

// All committed positions of the component: up to the high watermark as it is at the beginning, so
// that a transaction of somebody else that is under way is waited for rather than hides what comes
// behind it. An error is one that may heal.
kafka::client_result<positions> read_positions(read_options options);

}  // namespace weir::connect::stores
