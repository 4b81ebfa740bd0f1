// The `range` assignor.
#include <algorithm>
#include <vector>

#include "broker/coordinator/group/core/assignor.hpp"

namespace weir::broker::coordinator::group {
namespace {

// What is left of a topic while its members get their ranges.
struct topic_ranges {
    std::int32_t partitions = 0;
    std::int32_t members = 0;
    std::int32_t begun = 0;   // partitions that are given
    std::int32_t served = 0;  // members that had their turn

    // The next member's share: the first members get one more when it does not come out even.
    std::int32_t next_share() {
        const bool one_more = served++ < partitions % members;
        return partitions / members + (one_more ? 1 : 0);
    }
};

// Static members come first, by instance id: they keep their place when they come back under
// another member id.
std::vector<std::string> in_order(const assignor_input& input) {
    std::vector<std::string> ids;
    for (const auto& [id, member] : input.members)
        ids.push_back(id);
    std::ranges::sort(ids, [&](const auto& left, const auto& right) {
        const auto& first = input.members.at(left).instance_id;
        const auto& second = input.members.at(right).instance_id;
        if (first && second) return *first < *second;
        if (first || second) return first.has_value();
        return left < right;
    });
    return ids;
}

}  // namespace

group_assignment assign_range(const assignor_input& input) {
    std::map<topic_id, topic_ranges> topics;
    for (const auto& [id, member] : input.members) {
        for (const auto& topic : member.topics) {
            auto& ranges = topics[topic];
            ranges.partitions = input.partitions.at(topic);
            ++ranges.members;
        }
    }
    group_assignment given;
    for (const auto& id : in_order(input)) {
        auto& mine = given[id];
        for (const auto& topic : input.members.at(id).topics) {
            auto& ranges = topics.at(topic);
            for (auto left = ranges.next_share(); left > 0; --left)
                mine[topic].insert(partition_index(ranges.begun++));
        }
    }
    return given;
}

assignor find_assignor(std::string_view name) {
    if (name == "uniform") return assign_uniform;
    if (name == "range") return assign_range;
    return nullptr;
}

}  // namespace weir::broker::coordinator::group
