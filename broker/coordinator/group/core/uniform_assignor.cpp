// The `uniform` assignor, when all members subscribe to the same topics: each gets the same number
// of partitions, or one more. Other groups are balanced topic by topic (topic_balancer).
#include <algorithm>
#include <vector>

#include "broker/coordinator/group/core/assignor.hpp"
#include "broker/coordinator/group/core/topic_balancer.hpp"

namespace weir::broker::coordinator::group {
namespace {

struct place {
    topic_id topic;
    partition_index partition;
};

bool same_topics(const assignor_input& input) {
    const auto& first = input.members.begin()->second.topics;
    return std::ranges::all_of(input.members,
                               [&](const auto& each) { return each.second.topics == first; });
}

// What no member has, topic by topic.
std::vector<place> unassigned(const assignor_input& input) {
    partition_map taken;
    for (const auto& [id, member] : input.members) {
        for (const auto& [topic, partitions] : member.target)
            taken[topic].insert(partitions.begin(), partitions.end());
    }
    std::vector<place> free;
    for (const auto& topic : input.members.begin()->second.topics) {
        const auto& of_topic = taken[topic];
        for (std::int32_t at = 0; at < input.partitions.at(topic); ++at) {
            if (of_topic.contains(partition_index(at))) continue;
            free.push_back({.topic = topic, .partition = partition_index(at)});
        }
    }
    return free;
}

// Keeps of a member's partitions what it subscribes to, up to `quota`; the rest goes to `free`.
// The result is what is left of the quota.
std::int64_t keep(const assignor_member& member, std::int64_t quota, partition_map& kept,
                  std::vector<place>& free) {
    for (const auto& [topic, partitions] : member.target) {
        if (!member.topics.contains(topic)) continue;
        for (const auto each : partitions) {
            if (quota == 0) {
                free.push_back({.topic = topic, .partition = each});
                continue;
            }
            kept[topic].insert(each);
            --quota;
        }
    }
    return quota;
}

group_assignment assign_evenly(const assignor_input& input) {
    auto free = unassigned(input);
    std::int64_t total = 0;
    for (const auto& topic : input.members.begin()->second.topics)
        total += input.partitions.at(topic);
    const auto count = static_cast<std::int64_t>(input.members.size());
    auto with_one_more = total % count;
    group_assignment given;
    std::vector<std::pair<std::string, std::int64_t>> unfilled;
    for (const auto& [id, member] : input.members) {
        const auto quota = total / count + (with_one_more-- > 0 ? 1 : 0);
        const auto left = keep(member, quota, given[id], free);
        if (left > 0) unfilled.emplace_back(id, left);
    }
    std::size_t next = 0;
    for (auto& [id, left] : unfilled) {
        for (; left > 0 && next < free.size(); --left, ++next)
            given[id][free[next].topic].insert(free[next].partition);
    }
    return given;
}

}  // namespace

group_assignment assign_uniform(const assignor_input& input) {
    if (input.members.empty()) return {};
    return same_topics(input) ? assign_evenly(input) : topic_balancer(input).assign();
}

}  // namespace weir::broker::coordinator::group
