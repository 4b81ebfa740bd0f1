#include "broker/coordinator/group/core/migration.hpp"

#include <algorithm>

#include "broker/coordinator/group/core/consumer_protocol.hpp"

namespace weir::broker::coordinator::group {
namespace {

std::unexpected<refusal> refuse(const classic_group& group, const char* reason) {
    return std::unexpected(refusal{.code = error_code::group_id_not_found,
                                   .message = "Cannot upgrade classic group " + group.id() +
                                              " to consumer group because " + reason});
}

// What the member reads and has. A partition has one owner, whatever the members' own assignor did:
// the first one keeps it.
void take_over(consumer_member& member,
               const protocol::consumer_protocol_subscription& subscription,
               const partition_map& partitions, partition_map& taken) {
    if (subscription.rack_id && !subscription.rack_id->empty()) {
        member.rack_id = subscription.rack_id;
    }
    member.topics = {subscription.topics.begin(), subscription.topics.end()};
    for (const auto& [topic, of_topic] : partitions) {
        for (const auto each : of_topic) {
            if (taken[topic].insert(each).second) {
                member.assigned[topic].emplace(each, member.epoch);
            }
        }
    }
}

consumer_member upgraded(const group_member& from, generation_id generation) {
    consumer_member member{.id = from.id,
                           .instance_id = from.instance_id,
                           .client = from.client,
                           .rebalance_timeout_ms = from.rebalance_timeout_ms,
                           .epoch = generation.value(),
                           .previous_epoch = generation.value()};
    classic_metadata classic;
    classic.session_timeout_ms = from.session_timeout_ms;
    for (const auto& each : from.protocols)
        classic.supported_protocols.push_back({.name = each.name, .metadata = each.metadata});
    member.classic = std::move(classic);
    return member;
}

}  // namespace

std::expected<std::vector<consumer_member>, refusal> upgraded_members(const classic_group& group,
                                                                      const core_options& options,
                                                                      const cluster_view& cluster) {
    if (!options.consumer.migration.upgrade) return refuse(group, "online upgrade is disabled.");
    if (group.protocol_type() != "consumer") {
        return refuse(group, "the group does not use the consumer embedded protocol.");
    }
    if (static_cast<std::int64_t>(group.members().size()) > options.consumer.group_size_max) {
        return refuse(group, "the group size exceeds the consumer group maximum size.");
    }
    std::vector<consumer_member> members;
    partition_map taken;
    for (const auto& [id, each] : group.members()) {
        auto member = upgraded(each, group.generation());
        // In the middle of a rebalance no protocol is chosen: then the first of the member's
        // counts.
        const auto* metadata = each.metadata_of(group.protocol());
        if (!metadata && !each.protocols.empty()) metadata = &each.protocols.front().metadata;
        const auto subscription = metadata ? read_subscription(*metadata) : std::nullopt;
        auto assignment = each.assignment.empty() ? protocol::consumer_protocol_assignment{}
                                                  : read_assignment(each.assignment);
        if (!subscription || !assignment) {
            return refuse(group, "the embedded consumer protocol is malformed.");
        }
        if (assignment->user_data && !assignment->user_data->empty()) {
            return refuse(group,
                          "an unsupported custom assignor is in use. Please refer to the "
                          "documentation or switch to a default assignor before re-attempting the "
                          "upgrade.");
        }
        take_over(member, *subscription, partitions_of(*assignment, cluster), taken);
        members.push_back(std::move(member));
    }
    return members;
}

bool should_downgrade(const consumer_group& group, const core_options& options) {
    const auto size = static_cast<std::int64_t>(group.members().size());
    return options.consumer.migration.downgrade && size > 0 && size <= options.group_size_max &&
           std::ranges::all_of(group.members(),
                               [](const auto& each) { return each.second.uses_classic(); });
}

std::vector<group_member> downgraded_members(const consumer_group& group,
                                             const cluster_view& cluster) {
    std::vector<group_member> members;
    for (const auto& [id, each] : group.members()) {
        auto& member = members.emplace_back();
        member.id = id;
        member.instance_id = each.instance_id;
        member.client = each.client;
        member.session_timeout_ms = each.classic->session_timeout_ms;
        member.rebalance_timeout_ms = each.rebalance_timeout_ms;
        for (const auto& protocol : each.classic->supported_protocols)
            member.protocols.push_back({.name = protocol.name, .metadata = protocol.metadata});
        if (member.protocols.empty()) continue;
        member.assignment =
            write_assignment(plain(each.assigned), member.protocols.front().metadata, cluster);
    }
    return members;
}

}  // namespace weir::broker::coordinator::group
