// consumer_group: one group of the consumer protocol (KIP-848). Pure: time comes in, replies and
// records go out. The state machine is told in README.md.
//
// Its three numbers follow each other: the group epoch rises when members, subscriptions or topics
// change; a target assignment is made for the newest group epoch; each member goes to the epoch of
// the target when it has given up what is not its any more.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/coordinator/group/core/assignor.hpp"
#include "broker/coordinator/group/core/cluster_view.hpp"
#include "broker/coordinator/group/core/consumer_member.hpp"
#include "broker/coordinator/group/core/group_records.hpp"
#include "broker/coordinator/group/core/group_types.hpp"
#include "broker/coordinator/group/core/reconciler.hpp"
#include "broker/protocol/messages/consumer_group_describe_response.hpp"
#include "broker/protocol/messages/consumer_group_heartbeat_request.hpp"
#include "broker/protocol/messages/consumer_group_heartbeat_response.hpp"
#include "broker/protocol/messages/heartbeat_request.hpp"
#include "broker/protocol/messages/join_group_request.hpp"
#include "broker/protocol/messages/leave_group_request.hpp"
#include "broker/protocol/messages/sync_group_request.hpp"
#include "broker/protocol/records/consumer_protocol_subscription.hpp"

namespace weir::broker::coordinator::group {

enum class consumer_group_state : std::uint8_t { empty, assigning, reconciling, stable };

// As Kafka's tools print it.
std::string_view to_text(consumer_group_state state);

class consumer_group {
  public:
    using heartbeat_request = protocol::consumer_group_heartbeat_request;
    using heartbeat_response = protocol::consumer_group_heartbeat_response;

    // `options` and `cluster` outlive the group.
    consumer_group(std::string id, const core_options& options, const cluster_view& cluster);

    // Join, leave or heartbeat of a member that uses the consumer protocol.
    std::expected<heartbeat_response, refusal> consumer_heartbeat(const heartbeat_request& request,
                                                                  const join_context& context,
                                                                  time_ms now, effects& out);

    // Members that use the classic protocol: as classic_group (classic_calls.cpp).
    void join(request_token token, const protocol::join_group_request& request,
              const join_context& context, time_ms now, effects& out);
    void sync(request_token token, const protocol::sync_group_request& request, time_ms now,
              effects& out);
    error_code heartbeat(const protocol::heartbeat_request& request, time_ms now);
    void leave(request_token token, const protocol::leave_group_request& request, time_ms now,
               effects& out);
    // Takes over the members of a classic group, all in the epoch `generation`; into a group that
    // has none.
    void adopt(generation_id generation, std::vector<consumer_member> members, time_ms now,
               effects& out);

    // May this member commit offsets? One that is behind its epoch may do so for partitions that it
    // had in its epoch already: check_partition.
    error_code check_commit(const commit_origin& origin) const;
    error_code check_partition(const commit_origin& origin, const std::string& topic,
                               partition_index partition) const;
    // And fetch them? Whoever is no member says nothing of one.
    error_code check_fetch(const std::optional<std::string>& member_id, std::int32_t epoch) const;

    // Does what is due: members that are silent, or do not give up what they shall.
    void tick(time_ms now, effects& out);
    std::optional<time_ms> next_deadline() const;
    // Topics came, changed or went.
    void topics_changed(const std::set<std::string>& names);
    // Records that take all of it away.
    void bury(effects& out) const;

    // Takes over stored records, in the order of the log; `finish_load` when all are in.
    void load(stored_metadata stored);
    void load(const stored_current& stored);
    void load(const stored_target& stored);
    void load(const stored_epoch& stored);
    void load(const stored_target_epoch& stored);
    void load(const stored_regex& stored);
    void finish_load(time_ms now);

    protocol::consumer_group_describe_response::described_group describe() const;

    const std::string& id() const { return id_; }
    consumer_group_state state() const;
    const std::string& protocol_type() const;
    bool has_members() const { return !members_.empty(); }
    // It has records of its own.
    bool is_stored() const { return epoch_ > initial_epoch || has_members(); }
    const std::map<std::string, consumer_member>& members() const { return members_; }
    std::int32_t epoch() const { return epoch_; }
    std::int32_t target_epoch() const { return target_epoch_; }
    const std::map<std::string, partition_map>& targets() const { return targets_; }
    // Whether a member reads the topic.
    std::optional<bool> reads(const std::string& topic) const {
        return topic_counts_.contains(topic);
    }

  private:
    // A new group begins here, with an empty target assignment of that epoch.
    static constexpr std::int32_t initial_epoch = 1;
    using outcome = std::expected<heartbeat_response, refusal>;
    struct resolved_regex {
        std::set<std::string> topics;
        time_ms resolved_at = 0;
    };
    // What a request changed of a member.
    struct member_change {
        bool metadata = false;
        bool topics = false;
        std::string regex_before;
        bool regex = false;
    };

    // Requests (consumer_group.cpp).
    outcome beat(const heartbeat_request& request, const join_context& context, time_ms now,
                 effects& out);
    outcome leave_for(const heartbeat_request& request, effects& out);
    using found_member = std::expected<consumer_member*, refusal>;
    found_member member_of(const std::string& member_id);
    found_member static_member_of(const std::string& member_id, const std::string& instance_id);
    // The member that beats, or whose place a joining one takes; null for one that is not there.
    found_member member_for(const heartbeat_request& request, const std::string& member_id);
    std::optional<refusal> check_room(const heartbeat_request& request,
                                      const consumer_member* known) const;
    consumer_member& enter(const std::string& member_id);
    consumer_member& replace_static(consumer_member& from, const std::string& to, effects& out);
    void set_instance(consumer_member& member, const std::string& instance_id);
    member_change apply(const heartbeat_request& request, const join_context& context,
                        consumer_member& member);

    // Of the classic protocol (classic_calls.cpp).
    bool supports(const protocol::join_group_request& request) const;
    error_code check_join(const protocol::join_group_request& request,
                          const std::string& member_id) const;
    consumer_member* joining_member(const protocol::join_group_request& request,
                                    const std::string& member_id);
    std::expected<consumer_member*, error_code> classic_member(
        const std::string& member_id, const std::optional<std::string>& instance_id);
    member_change apply(const protocol::join_group_request& request,
                        const protocol::consumer_protocol_subscription& subscription,
                        const join_context& context, consumer_member& member);
    static void wait_for_join(consumer_member& member, time_ms now);
    bool waits_for_others(const consumer_member& member) const;

    // What follows (consumer_rebalance.cpp).
    // Whether the member has other partitions than before.
    bool settle(consumer_member& member, const member_change& change, const told_partitions& owned,
                time_ms now, effects& out);
    void refresh(bool bump, effects& out);
    // Whether the topics of some regular expression are others than before.
    bool resolve_regexes(time_ms now, effects& out);
    bool should_resolve(time_ms now) const;
    void set_regex(const std::string& pattern, resolved_regex resolved, effects& out);
    // Forgets it when no member has it any more.
    void drop_regex(const std::string& pattern, effects& out);
    bool may_assign(time_ms now) const;
    void assign(time_ms now, effects& out);
    assignor_input make_assignor_input() const;
    bool reconcile_member(consumer_member& member, const told_partitions& owned, bool resubscribed,
                          time_ms now, effects& out);
    void set_owned(consumer_member& member, reconciled next);
    void free_owned(const consumer_member& member);
    void take_owned(const consumer_member& member);
    bool is_taken(const topic_id& topic, partition_index partition) const;
    void remove(const std::set<std::string>& member_ids, effects& out);
    void take_out(const std::string& member_id, effects& out);
    void forget(const consumer_member& member, effects& out) const;
    std::set<topic_id> topics_of(const consumer_member& member) const;
    std::set<std::string> names_of(const consumer_member& member) const;
    // The member's topics and bytes among those of all.
    void count_in(const consumer_member& member);
    void count_out(const consumer_member& member);
    std::int64_t metadata_hash() const;
    std::string chosen_assignor_name() const;

    void store_metadata(const consumer_member& member, effects& out) const;
    void store_current(const consumer_member& member, effects& out) const;
    void store_target(const std::string& member_id, effects& out) const;
    void store_epoch(effects& out) const;
    void store_target_epoch(effects& out) const;
    void store_regex(const std::string& pattern, effects& out) const;

    std::string id_;
    const core_options* options_;
    const cluster_view* cluster_;
    std::int32_t epoch_ = initial_epoch;
    std::int64_t metadata_hash_ = 0;
    std::int32_t target_epoch_ = initial_epoch;
    time_ms assigned_at_ = 0;
    std::map<std::string, consumer_member> members_;
    std::map<std::string, partition_map> targets_;       // by member id
    std::map<std::string, std::string> static_members_;  // instance id -> member id
    std::map<std::string, resolved_regex> regexes_;
    // Not stored; what follows from the above.
    partition_map taken_;                                // every partition that a member has
    std::map<std::string, std::uint32_t> topic_counts_;  // how many members read each
    std::map<std::string, std::uint32_t> regex_counts_;  // or subscribe with each
    std::size_t bytes_ = 0;                              // of all members
    bool metadata_stale_ = true;
    bool regexes_stale_ = false;
    std::optional<time_ms> regexes_resolved_at_;
};

}  // namespace weir::broker::coordinator::group
