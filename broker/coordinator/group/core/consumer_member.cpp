#include "broker/coordinator/group/core/consumer_member.hpp"

namespace weir::broker::coordinator::group {
namespace {

using current_value = protocol::consumer_group_current_member_assignment_value;

std::optional<std::int32_t> epoch_in(const owned_partitions& owned, const topic_id& topic,
                                     partition_index partition) {
    const auto of_topic = owned.find(topic);
    if (of_topic == owned.end()) return std::nullopt;
    const auto found = of_topic->second.find(partition);
    if (found == of_topic->second.end()) return std::nullopt;
    return found->second;
}

std::vector<current_value::topic_partitions> stored_of(const owned_partitions& owned) {
    std::vector<current_value::topic_partitions> all;
    for (const auto& [topic, partitions] : owned) {
        auto& stored = all.emplace_back();
        stored.topic_id = topic;
        stored.assignment_epochs.emplace();
        for (const auto& [partition, epoch] : partitions) {
            stored.partitions.push_back(partition);
            stored.assignment_epochs->push_back(epoch);
        }
    }
    return all;
}

// Records of before Kafka 4.3 have no epochs: then that of the member counts.
owned_partitions owned_of(const std::vector<current_value::topic_partitions>& stored,
                          std::int32_t member_epoch) {
    owned_partitions owned;
    for (const auto& topic : stored) {
        const bool has_epochs =
            topic.assignment_epochs && topic.assignment_epochs->size() == topic.partitions.size();
        for (std::size_t at = 0; at < topic.partitions.size(); ++at) {
            owned[topic.topic_id][topic.partitions[at]] =
                has_epochs ? (*topic.assignment_epochs)[at] : member_epoch;
        }
    }
    return owned;
}

member_state state_of(std::int8_t number) {
    const auto state = static_cast<member_state>(number);
    const bool known = state == member_state::stable ||
                       state == member_state::unrevoked_partitions ||
                       state == member_state::unreleased_partitions;
    return known ? state : member_state::unknown;
}

}  // namespace

partition_map plain(const owned_partitions& owned) {
    partition_map plain;
    for (const auto& [topic, partitions] : owned) {
        for (const auto& [partition, epoch] : partitions)
            plain[topic].insert(partition);
    }
    return plain;
}

std::optional<std::int32_t> consumer_member::epoch_of(const topic_id& topic,
                                                      partition_index partition) const {
    const auto found = epoch_in(assigned, topic, partition);
    return found ? found : epoch_in(revoking, topic, partition);
}

std::size_t consumer_member::bytes() const {
    std::size_t bytes = id.size() + instance_id.value_or("").size() + rack_id.value_or("").size() +
                        client.client_id.size() + client.client_host.size() + regex.size() +
                        assignor.value_or("").size();
    for (const auto& each : topics)
        bytes += each.size() + sizeof(std::int32_t);
    if (!classic) return bytes;
    for (const auto& each : classic->supported_protocols)
        bytes += each.name.size() + each.metadata.size();
    return bytes;
}

protocol::consumer_group_member_metadata_value metadata_of(const consumer_member& member) {
    protocol::consumer_group_member_metadata_value value;
    value.instance_id = member.instance_id;
    value.rack_id = member.rack_id;
    value.client_id = member.client.client_id;
    value.client_host = member.client.client_host;
    value.subscribed_topic_names.assign(member.topics.begin(), member.topics.end());
    value.subscribed_topic_regex = member.regex;
    value.rebalance_timeout_ms = member.rebalance_timeout_ms;
    value.server_assignor = member.assignor;
    value.classic_member_metadata = member.classic;
    return value;
}

current_value current_of(const consumer_member& member) {
    current_value value;
    value.member_epoch = member.epoch;
    value.previous_member_epoch = member.previous_epoch;
    value.state = static_cast<std::int8_t>(member.state);
    value.assigned_partitions = stored_of(member.assigned);
    value.partitions_pending_revocation = stored_of(member.revoking);
    return value;
}

void restore(consumer_member& member, protocol::consumer_group_member_metadata_value stored) {
    member.instance_id = std::move(stored.instance_id);
    member.rack_id = std::move(stored.rack_id);
    member.client = {.client_id = std::move(stored.client_id),
                     .client_host = std::move(stored.client_host)};
    member.topics = {stored.subscribed_topic_names.begin(), stored.subscribed_topic_names.end()};
    member.regex = stored.subscribed_topic_regex.value_or("");
    member.rebalance_timeout_ms = stored.rebalance_timeout_ms;
    member.assignor = std::move(stored.server_assignor);
    member.classic = std::move(stored.classic_member_metadata);
}

void restore(consumer_member& member, const current_value& stored) {
    member.epoch = stored.member_epoch;
    member.previous_epoch = stored.previous_member_epoch;
    member.state = state_of(stored.state);
    member.assigned = owned_of(stored.assigned_partitions, stored.member_epoch);
    member.revoking = owned_of(stored.partitions_pending_revocation, stored.member_epoch);
}

}  // namespace weir::broker::coordinator::group
