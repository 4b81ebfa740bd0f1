// services: what a request handler may reach, one set per shard. Handlers hold a reference to it
// and nothing else of the node, so an API file shows in its includes what it touches.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.hpp"
#include "broker/api/fetch_session.hpp"
#include "broker/api/request_meter.hpp"
#include "broker/controller/controller.hpp"
#include "broker/coordinator/group_service.hpp"
#include "broker/coordinator/transaction_service.hpp"
#include "broker/io/shard.hpp"
#include "broker/protocol/ids.hpp"
#include "broker/replication/replica_manager.hpp"
#include "config/broker_config.hpp"
#include "config/topic_config.hpp"

namespace weir::broker::api {

// Hands out producer ids from blocks that the controller allocated; one per shard.
struct producer_id_pool {
    producer_id next;
    std::int32_t left = 0;
};

// A shard of the node, as others reach it.
struct shard_ref {
    io::shard* shard = nullptr;
    replication::replica_manager* replicas = nullptr;
    coordinator::group_service* groups = nullptr;
    coordinator::transaction_service* transactions = nullptr;
};

struct services {
    io::shard& shard;
    const config::broker_config& config;
    std::string cluster_id;
    node_id self;
    replication::replica_manager& replicas;  // of this shard
    const std::vector<shard_ref>& shards;    // all, by index
    controller::controller& controller;
    io::shard& controller_shard;
    const raft::metadata_log& metadata_log;  // on the controller's shard
    io::disk& disk;
    std::string log_directory;
    // On the controller's shard: writes the checkpoint files; false when the disk failed.
    std::function<io::task<bool>()> save_checkpoints;
    fetch_session_cache fetch_sessions;
    producer_id_pool producer_ids;
    base::prng random;  // seeded from the system's entropy
    request_meter requests;

    // The metadata as this shard knows it now.
    const controller::metadata_image& image() const { return replicas.image(); }
    // A version 4 UUID as Java prints it.
    std::string fresh_uuid_text();
    // The same in Kafka's own way: 22 characters of base64url, the first of which is no "-".
    std::string fresh_id_text();
    const shard_ref& shard_of(const topic_id& topic, partition_index index) const {
        return shards[replicas.shard_of(topic, index)];
    }
};

// Runs `use(partition)` on the shard of the partition, with null when it is not here.
// co_await on_partition(...) gives what `use` returned.
template <class Use>
auto on_partition(services& node, const topic_id& topic, partition_index index, Use use) {
    const auto& target = node.shard_of(topic, index);
    auto call = [&replicas = *target.replicas, topic, index, use = std::move(use)]() mutable {
        return use(replicas.find(topic, index));
    };
    return io::submit<decltype(call)>(node.shard, *target.shard, std::move(call));
}

// The configuration layers below a topic's own settings.
config::broker_layers layers_of(const services& node);

}  // namespace weir::broker::api
