// The assignors of the coordinator: who of a group's members reads which partitions. Pure: the same
// input gives the same assignment.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "broker/coordinator/group/core/assignment.hpp"

namespace weir::broker::coordinator::group {

struct assignor_member {
    std::optional<std::string> instance_id;
    std::set<topic_id> topics;  // subscribed, and existing
    partition_map target;       // what the last assignment gave it
};

struct assignor_input {
    std::map<std::string, assignor_member> members;  // by member id
    std::map<topic_id, std::int32_t> partitions;     // of each topic that a member subscribes to
};

using group_assignment = std::map<std::string, partition_map>;  // by member id

// `uniform`: as even as possible over all topics, then as little moved as possible.
group_assignment assign_uniform(const assignor_input& input);
// `range`: of each topic a range to each member, in one order of members, so that topics with
// equally many partitions are given alike.
group_assignment assign_range(const assignor_input& input);

using assignor = group_assignment (*)(const assignor_input&);
// Null for a name that is none.
assignor find_assignor(std::string_view name);

}  // namespace weir::broker::coordinator::group
