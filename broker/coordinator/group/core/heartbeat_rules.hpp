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

// What is wrong with a subscription by itself: a regular expression that is none, or names that do
// not fit into a record.
std::optional<refusal> refuse_subscription(
    const protocol::consumer_group_heartbeat_request& request, const core_options& options);
// Why nobody can come into a group of `size` members.
std::optional<refusal> refuse_when_full(std::size_t size, const consumer_group_options& options);
// What the names in a request take.
std::size_t bytes_of(const protocol::consumer_group_heartbeat_request& request);

}  // namespace weir::broker::coordinator::group
