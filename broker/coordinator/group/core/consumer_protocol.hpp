// consumer_protocol: what consumers of the classic protocol tell each other through the coordinator
// (protocol type "consumer"): subscriptions and assignments, each behind its version. Pure; the
// bytes come from clients.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "broker/coordinator/group/core/assignment.hpp"
#include "broker/coordinator/group/core/cluster_view.hpp"
#include "broker/coordinator/group/core/reconciler.hpp"
#include "broker/protocol/records/consumer_protocol_assignment.hpp"
#include "broker/protocol/records/consumer_protocol_subscription.hpp"

namespace weir::broker::coordinator::group {

// Nothing for what is damaged. A version that is newer than all known begins like the newest.
std::optional<protocol::consumer_protocol_subscription> read_subscription(base::bytes_view data);
std::optional<protocol::consumer_protocol_assignment> read_assignment(base::bytes_view data);

// The assignment in the version of the member's subscription; topics that are no more are left out.
base::bytes write_assignment(const partition_map& partitions, base::bytes_view subscription,
                             const cluster_view& cluster);

// By topic id; topics that do not exist are left out.
partition_map partitions_of(const protocol::consumer_protocol_assignment& assignment,
                            const cluster_view& cluster);
told_partitions owned_of(const protocol::consumer_protocol_subscription& subscription,
                         const cluster_view& cluster);

}  // namespace weir::broker::coordinator::group
