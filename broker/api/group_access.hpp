// From a group id to its coordinator: which partition, which shard; and asking it.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "broker/api/request_context.hpp"
#include "broker/api/services.hpp"
#include "broker/protocol/partitioner.hpp"

namespace weir::broker::api {

// The partition of __consumer_offsets that a group belongs to; nothing while that topic is missing.
std::expected<partition_index, error_code> partition_of_group(const services& node,
                                                              const std::string& group);

// group.coordinator.rebalance.protocols names it, and the cluster's features have it.
bool serves_consumer_protocol(const services& node);

coordinator::group::client_identity identity_of(const request_context& context);

// Runs a step of the group's coordinator on its shard, and gives the answer. With the producer of a
// transaction INVALID_PRODUCER_EPOCH when a newer one has written there.
io::task<std::expected<coordinator::group::any_response, error_code>> ask_group(
    services& node, std::string group, coordinator::group_runtime::step call,
    coordinator::log_producer producer = {});

// The same, as the response of one API: `failed` makes a response out of an error.
template <class Response, class Failed>
io::task<Response> ask_for(services& node, const std::string& group,
                           coordinator::group_runtime::step call, Failed failed,
                           coordinator::log_producer producer = {}) {
    auto asking = ask_group(node, group, std::move(call), producer);
    auto answer = co_await std::move(asking);
    if (!answer) co_return failed(answer.error());
    co_return std::get<Response>(std::move(*answer));
}

// Reads from the group's coordinator on its shard.
io::task<error_code> read_group(services& node, std::string group,
                                std::function<void(const coordinator::group::group_core&)> call);

}  // namespace weir::broker::api
