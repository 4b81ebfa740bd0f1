// ElectLeaders (KIP-183, KIP-460): the preferred replica of a partition leads again, or any that
// lives. Error codes and texts are those of Kafka's controller.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "broker/controller/core/controller_core.hpp"

namespace weir::broker::controller {
namespace {

enum class election : std::int8_t { preferred = 0, unclean = 1 };

bool is_known(std::int8_t type) {
    return type == static_cast<std::int8_t>(election::preferred) ||
           type == static_cast<std::int8_t>(election::unclean);
}

bool is_needed(const partition_image& partition, election type) {
    if (type == election::unclean) return partition.leader == no_node;
    return partition.replicas.empty() || partition.leader != partition.replicas.front();
}

bool contains(const std::vector<node_id>& nodes, node_id node) {
    return std::ranges::find(nodes, node) != nodes.end();
}

}  // namespace

bool controller_core::is_alive(node_id node) const {
    const auto found = image_.brokers().find(node);
    return found != image_.brokers().end() && !found->second.fenced;
}

// The replica that shall lead: the preferred one when it is in sync; without a leader any of the
// ISR, and at last any replica, which loses what only the others have.
std::expected<node_id, failure> controller_core::next_leader(const partition_image& partition,
                                                             bool unclean) const {
    const auto& replicas = partition.replicas;
    if (!unclean) {
        const bool ready = !replicas.empty() && is_alive(replicas.front()) &&
                           contains(partition.isr, replicas.front());
        if (ready) return replicas.front();
        return std::unexpected(failure{.code = error_code::preferred_leader_not_available,
                                       .message = "The preferred leader was not available."});
    }
    for (const auto* from : {&partition.isr, &replicas}) {
        const auto found =
            std::ranges::find_if(*from, [this](auto node) { return is_alive(node); });
        if (found != from->end()) return *found;
    }
    return std::unexpected(
        failure{.code = error_code::eligible_leaders_not_available,
                .message = "Eligible topic partition leaders are not available."});
}

std::expected<metadata_record, failure> controller_core::elect(const std::string& name,
                                                               partition_index index,
                                                               bool unclean) const {
    const auto* topic = image_.topic(name);
    if (!topic) {
        return std::unexpected(failure{.code = error_code::unknown_topic_or_partition,
                                       .message = fmt::format("No such topic as {}", name)});
    }
    const auto* partition = image_.partition(topic->id, index);
    if (!partition) {
        return std::unexpected(
            failure{.code = error_code::unknown_topic_or_partition,
                    .message = fmt::format("No such partition as {}-{}", name, index)});
    }
    if (!is_needed(*partition, unclean ? election::unclean : election::preferred)) {
        return std::unexpected(
            failure{.code = error_code::election_not_needed,
                    .message = "Leader election not needed for topic partition."});
    }
    const auto leader = next_leader(*partition, unclean);
    if (!leader) return std::unexpected(leader.error());
    protocol::partition_change_record record;
    record.topic_id = topic->id;
    record.partition_id = index;
    record.leader = *leader;
    if (!contains(partition->isr, *leader)) record.isr = std::vector<node_id>{*leader};
    return record;
}

plan<protocol::elect_leaders_response> controller_core::elect_leaders(
    const protocol::elect_leaders_request& request) {
    plan<protocol::elect_leaders_response> out;
    using result_type = protocol::elect_leaders_response::replica_election_result;
    const bool known = is_known(request.election_type);
    const bool unclean = static_cast<election>(request.election_type) == election::unclean;
    const auto add = [&](result_type& result, partition_index index, bool tell_unneeded) {
        const auto record =
            known ? elect(result.topic, index, unclean)
                  : std::unexpected(failure{
                        .code = error_code::invalid_request,
                        .message = fmt::format("Unknown election type {}", request.election_type)});
        const auto error = record ? error_code::none : record.error().code;
        if (record) out.records.push_back(*record);
        if (error == error_code::election_not_needed && !tell_unneeded) return;
        auto& told = result.partition_result.emplace_back();
        told.partition_id = index;
        told.error_code = error;
        told.error_message.reset();
        if (!record) told.error_message = record.error().message;
    };
    if (request.topic_partitions && request.topic_partitions->empty()) return out;
    if (!known) out.response.error_code = error_code::invalid_request;
    if (!request.topic_partitions) {
        if (!known) return out;
        // Of all partitions those are told that need an election.
        for (const auto& topic : image_.sorted_topics()) {
            auto& result = out.response.replica_election_results.emplace_back();
            result.topic = topic->name;
            for (std::size_t index = 0; index < topic->partitions.size(); ++index)
                add(result, partition_index(static_cast<std::int32_t>(index)), false);
        }
    } else {
        std::set<std::pair<std::string, partition_index>> asked;
        for (const auto& topic : *request.topic_partitions) {
            auto& result = out.response.replica_election_results.emplace_back();
            result.topic = topic.topic;
            for (const auto index : topic.partitions) {
                // One answer a partition, however often it is named.
                if (asked.emplace(topic.topic, index).second) add(result, index, true);
            }
        }
    }
    apply(out.records);
    return out;
}

}  // namespace weir::broker::controller
