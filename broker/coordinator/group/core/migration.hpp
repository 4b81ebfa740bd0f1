// migration: groups that go from one protocol to the other while they have members (KIP-848). Pure.
#pragma once

#include <expected>
#include <vector>

#include "broker/coordinator/group/core/classic_group.hpp"
#include "broker/coordinator/group/core/consumer_group.hpp"

namespace weir::broker::coordinator::group {

// The members of a classic group as those of a consumer group, with what they have; or why the
// group cannot be one. Its generation becomes the epoch.
std::expected<std::vector<consumer_member>, refusal> upgraded_members(const classic_group& group,
                                                                      const core_options& options,
                                                                      const cluster_view& cluster);

// Whether a consumer group shall go back: all of its members use the classic protocol.
bool should_downgrade(const consumer_group& group, const core_options& options);

// The members of such a group as those of a classic one, with what they have as assignments.
std::vector<group_member> downgraded_members(const consumer_group& group,
                                             const cluster_view& cluster);

}  // namespace weir::broker::coordinator::group
