#include "broker/api/group_access.hpp"

#include <algorithm>

namespace weir::broker::api {
namespace {

using coordinator::group::any_response;

// Each record of a group has its id.
constexpr std::size_t group_id_size_max = 1024;

// These run on the coordinator's shard.
io::task<std::expected<any_response, error_code>> ask_here(coordinator::group_service& groups,
                                                           partition_index index,
                                                           coordinator::group_runtime::step call,
                                                           coordinator::log_producer producer) {
    using outcome = std::expected<any_response, error_code>;
    auto runtime = groups.coordinator(index);
    if (!runtime) co_return outcome(std::unexpected(runtime.error()));
    if ((*runtime)->is_fenced(producer)) {
        co_return outcome(std::unexpected(error_code::invalid_producer_epoch));
    }
    auto asking = (*runtime)->ask(std::move(call));
    co_return co_await std::move(asking);
}

io::task<error_code> read_here(coordinator::group_service& groups, partition_index index,
                               std::function<void(const coordinator::group::group_core&)> call) {
    auto runtime = groups.coordinator(index);
    if (!runtime) co_return runtime.error();
    auto reading = (*runtime)->read(std::move(call));
    co_return co_await std::move(reading);
}

}  // namespace

std::expected<partition_index, error_code> partition_of_group(const services& node,
                                                              const std::string& group) {
    const auto* topic = node.image().topic(coordinator::offsets_topic);
    if (!topic) return std::unexpected(error_code::coordinator_not_available);
    const auto count = static_cast<std::int32_t>(topic->partitions.size());
    return protocol::partition_of_id(group, count);
}

bool serves_consumer_protocol(const services& node) {
    const auto& protocols = node.config.group_rebalance_protocols;
    const auto level = node.image().features().find("group.version");
    return std::ranges::find(protocols, "consumer") != protocols.end() &&
           level != node.image().features().end() && level->second > 0;
}

coordinator::group::client_identity identity_of(const request_context& context) {
    return {.client_id = context.client_id, .client_host = "/" + context.connection.peer_host};
}

io::task<std::expected<any_response, error_code>> ask_group(services& node, std::string group,
                                                            coordinator::group_runtime::step call,
                                                            coordinator::log_producer producer) {
    using outcome = std::expected<any_response, error_code>;
    if (group.size() > group_id_size_max) {
        co_return outcome(std::unexpected(error_code::invalid_group_id));
    }
    const auto index = partition_of_group(node, group);
    if (!index) co_return outcome(std::unexpected(index.error()));
    const auto* topic = node.image().topic(coordinator::offsets_topic);
    const auto& target = node.shard_of(topic->id, *index);
    auto asking = ask_here(*target.groups, *index, std::move(call), producer);
    co_return co_await io::run_on(node.shard, *target.shard, std::move(asking));
}

io::task<error_code> read_group(services& node, std::string group,
                                std::function<void(const coordinator::group::group_core&)> call) {
    const auto index = partition_of_group(node, group);
    if (!index) co_return index.error();
    const auto* topic = node.image().topic(coordinator::offsets_topic);
    const auto& target = node.shard_of(topic->id, *index);
    auto reading = read_here(*target.groups, *index, std::move(call));
    co_return co_await io::run_on(node.shard, *target.shard, std::move(reading));
}

}  // namespace weir::broker::api
