// reconciler: the next step of a member from the partitions it has to those of its target
// assignment (KIP-848, "Reconciliation"). Pure.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "broker/coordinator/group/core/consumer_member.hpp"
#include "broker/protocol/messages/consumer_group_heartbeat_request.hpp"

namespace weir::broker::coordinator::group {

// What a member says that it has; nothing when it does not say.
using told_partitions =
    std::optional<std::vector<struct protocol::consumer_group_heartbeat_request::topic_partitions>>;

struct reconcile_input {
    const partition_map& target;
    std::int32_t target_epoch = 0;
    const std::set<topic_id>& subscribed;
    // The member's subscription is another one: what it no longer reads is taken from it even
    // while its target is the same.
    bool resubscribed = false;
    const told_partitions& owned;
    // Some member has the partition, or has not yet given it up.
    std::function<bool(const topic_id&, partition_index)> is_taken;
};

// What of a member changes; nothing when it stays as it is.
struct reconciled {
    member_state state = member_state::stable;
    std::int32_t epoch = 0;
    owned_partitions assigned;
    owned_partitions revoking;
};
std::optional<reconciled> reconcile(const consumer_member& member, const reconcile_input& input);

}  // namespace weir::broker::coordinator::group
