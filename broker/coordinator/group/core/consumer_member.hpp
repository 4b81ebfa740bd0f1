// consumer_member: a member of a group of the consumer protocol (KIP-848), as it is stored, and the
// times at which it is given up. Plain values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/coordinator/group/core/assignment.hpp"
#include "broker/coordinator/group/core/group_types.hpp"
#include "broker/protocol/records/consumer_group_current_member_assignment_value.hpp"
#include "broker/protocol/records/consumer_group_member_metadata_value.hpp"

namespace weir::broker::coordinator::group {

// How far a member is on its way to its target assignment. Kafka's numbers.
enum class member_state : std::int8_t {
    stable = 0,                 // it has its target of its epoch
    unrevoked_partitions = 1,   // it has been asked to give partitions up
    unreleased_partitions = 2,  // others have yet to give up partitions of its target
    unknown = 127
};

// Member epochs that say something else.
inline constexpr std::int32_t joining_epoch = 0;
inline constexpr std::int32_t leaving_epoch = -1;
inline constexpr std::int32_t static_leaving_epoch = -2;  // it will come back

// What a member that uses the classic protocol told when it joined.
using classic_metadata =
    struct protocol::consumer_group_member_metadata_value::classic_member_metadata;

struct consumer_member {
    std::string id;
    std::optional<std::string> instance_id;
    std::optional<std::string> rack_id;
    client_identity client;
    std::int32_t rebalance_timeout_ms = -1;
    std::set<std::string> topics;
    std::string regex;  // "": none
    std::optional<std::string> assignor;
    std::optional<classic_metadata> classic;  // nothing: it uses the consumer protocol

    std::int32_t epoch = joining_epoch;
    std::int32_t previous_epoch = leaving_epoch;
    member_state state = member_state::stable;
    owned_partitions assigned;
    owned_partitions revoking;  // it still has them, and has been told to give them up

    // Not stored.
    time_ms session_until = 0;
    std::optional<time_ms> rebalance_until;  // to give up what it shall
    std::optional<time_ms> join_until;       // of the classic protocol: to join again
    std::optional<time_ms> sync_until;       // and to ask for its assignment

    bool uses_classic() const { return classic.has_value(); }
    bool has_left() const { return epoch == static_leaving_epoch; }
    bool is_reconciled_to(std::int32_t target_epoch) const {
        return state == member_state::stable && epoch == target_epoch;
    }
    // The epoch at which it got the partition, given up or not; nothing when it has it not.
    std::optional<std::int32_t> epoch_of(const topic_id& topic, partition_index partition) const;
    // What names and metadata take.
    std::size_t bytes() const;
};

// Without the epochs.
partition_map plain(const owned_partitions& owned);

protocol::consumer_group_member_metadata_value metadata_of(const consumer_member& member);
protocol::consumer_group_current_member_assignment_value current_of(const consumer_member& member);
// Takes over what is stored.
void restore(consumer_member& member, protocol::consumer_group_member_metadata_value stored);
void restore(consumer_member& member,
             const protocol::consumer_group_current_member_assignment_value& stored);

}  // namespace weir::broker::coordinator::group
