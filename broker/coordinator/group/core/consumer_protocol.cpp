#include "broker/coordinator/group/core/consumer_protocol.hpp"

#include <algorithm>

namespace weir::broker::coordinator::group {
namespace {

template <class Message>
std::optional<Message> read_versioned(base::bytes_view data) {
    auto copy = base::to_bytes(data);
    protocol::reader in(copy);
    const auto version = in.get_int16();
    if (in.failed() || version < Message::min_version) return std::nullopt;
    auto message = Message::decode(in, std::min(version, Message::max_version));
    if (!message) return std::nullopt;
    return std::move(*message);
}

}  // namespace

std::optional<protocol::consumer_protocol_subscription> read_subscription(base::bytes_view data) {
    return read_versioned<protocol::consumer_protocol_subscription>(data);
}

std::optional<protocol::consumer_protocol_assignment> read_assignment(base::bytes_view data) {
    return read_versioned<protocol::consumer_protocol_assignment>(data);
}

base::bytes write_assignment(const partition_map& partitions, base::bytes_view subscription,
                             const cluster_view& cluster) {
    using message = protocol::consumer_protocol_assignment;
    auto copy = base::to_bytes(subscription.first(std::min(subscription.size(), sizeof(short))));
    protocol::reader in(copy);
    const auto version = std::clamp(in.get_int16(), message::min_version, message::max_version);
    message assignment;
    for (const auto& [topic, of_topic] : partitions) {
        const auto facts = cluster.topic(topic);
        if (!facts) continue;
        auto& each = assignment.assigned_partitions.emplace_back();
        each.topic = facts->name;
        each.partitions.assign(of_topic.begin(), of_topic.end());
    }
    protocol::writer out;
    out.put_int16(version);
    assignment.encode(out, version);
    return std::move(out).take_bytes();
}

partition_map partitions_of(const protocol::consumer_protocol_assignment& assignment,
                            const cluster_view& cluster) {
    partition_map partitions;
    for (const auto& topic : assignment.assigned_partitions) {
        const auto facts = cluster.topic(topic.topic);
        if (!facts || topic.partitions.empty()) continue;
        partitions[facts->id].insert(topic.partitions.begin(), topic.partitions.end());
    }
    return partitions;
}

told_partitions owned_of(const protocol::consumer_protocol_subscription& subscription,
                         const cluster_view& cluster) {
    told_partitions owned;
    owned.emplace();
    for (const auto& topic : subscription.owned_partitions) {
        const auto facts = cluster.topic(topic.topic);
        if (facts) owned->push_back({.topic_id = facts->id, .partitions = topic.partitions});
    }
    return owned;
}

}  // namespace weir::broker::coordinator::group
