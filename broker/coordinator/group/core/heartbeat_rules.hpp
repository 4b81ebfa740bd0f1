// heartbeat_rules: what is wrong with a ConsumerGroupHeartbeat by itself, whatever the group. Pure.
#pragma once

#include <optional>

#include "broker/coordinator/group/core/group_types.hpp"
#include "broker/protocol/messages/consumer_group_heartbeat_request.hpp"

namespace weir::broker::coordinator::group {

// From version 1 on members make their ids themselves (KIP-1082).
std::optional<refusal> refuse_heartbeat(const protocol::consumer_group_heartbeat_request& request,
                                        std::int16_t version,
                                        const consumer_group_options& options);

}  // namespace weir::broker::coordinator::group
