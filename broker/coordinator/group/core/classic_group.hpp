// classic_group: one consumer group of the classic protocol (KIP-62, KIP-345, KIP-394, KIP-814),
// from the first JoinGroup to the last LeaveGroup. Pure: time comes in, replies and records go out.
//
//   Empty -> PreparingRebalance -> CompletingRebalance -> Stable, and back to PreparingRebalance
//   when a member comes, goes or changes. All members that joined in time form a generation; its
//   leader computes the assignment and hands it in with SyncGroup.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/coordinator/group/core/group_types.hpp"
#include "broker/protocol/messages/describe_groups_response.hpp"
#include "broker/protocol/messages/heartbeat_request.hpp"
#include "broker/protocol/messages/join_group_request.hpp"
#include "broker/protocol/messages/leave_group_request.hpp"
#include "broker/protocol/messages/sync_group_request.hpp"
#include "broker/protocol/records/group_metadata_value.hpp"

namespace weir::broker::coordinator::group {

enum class group_state : std::uint8_t { empty, preparing_rebalance, completing_rebalance, stable };

// As Kafka's tools print it.
std::string_view to_text(group_state state);

struct group_member {
    struct protocol {
        std::string name;
        base::bytes metadata;
        bool operator==(const protocol&) const = default;
    };

    std::string id;
    std::optional<std::string> instance_id;
    client_identity client;
    std::int32_t session_timeout_ms = 0;
    std::int32_t rebalance_timeout_ms = 0;
    std::vector<protocol> protocols;  // in the order of the member's preference, each name once
    std::size_t bytes = 0;            // of names and metadata
    base::bytes assignment;
    time_ms expires_at = 0;  // without a heartbeat
    std::optional<request_token> awaiting_join;
    std::optional<request_token> awaiting_sync;
    std::int16_t join_version = 0;

    const base::bytes* metadata_of(const std::string& protocol) const;
};

class classic_group {
  public:
    classic_group(std::string id, const core_options& options);

    void join(request_token token, const protocol::join_group_request& request,
              const join_context& context, time_ms now, effects& out);
    void sync(request_token token, const protocol::sync_group_request& request, time_ms now,
              effects& out);
    error_code heartbeat(const protocol::heartbeat_request& request, time_ms now);
    void leave(request_token token, const protocol::leave_group_request& request, time_ms now,
               effects& out);

    // May this member (of this generation) commit offsets? Counts as a heartbeat.
    error_code check_commit(const commit_origin& origin, time_ms now);

    // Does what is due: sessions that ran out, rebalances whose time is over.
    void tick(time_ms now, effects& out);
    // When tick has something to do next; nothing when it never has.
    std::optional<time_ms> next_deadline() const;

    // Takes over the members of a consumer group as a generation, and rebalances; into a group that
    // has none.
    void adopt(generation_id generation, std::vector<group_member> members, time_ms now,
               effects& out);
    // All members are told to join again.
    void rebalance(time_ms now, effects& out) { prepare_rebalance(now, out); }
    // Who waits is told to join again: the group becomes another one.
    void send_away(effects& out);

    // Takes over a stored generation (load).
    void restore(const protocol::group_metadata_value& stored, time_ms now);
    protocol::describe_groups_response::described_group describe() const;

    const std::string& id() const { return id_; }
    group_state state() const { return state_; }
    generation_id generation() const { return generation_; }
    const std::string& protocol_type() const { return protocol_type_; }
    const std::string& protocol() const { return protocol_; }
    const std::map<std::string, group_member>& members() const { return members_; }
    bool has_members() const { return !members_.empty() || !pending_.empty(); }
    time_ms state_since() const { return state_since_; }
    // Whether a member reads the topic; nothing when that is unknown (not a consumer group).
    std::optional<bool> reads(const std::string& topic) const {
        if (!subscribed_) return std::nullopt;
        return subscribed_->contains(topic);
    }

  private:
    using join_request = protocol::join_group_request;

    bool supports(const join_request& request) const;
    group_member* find(const std::string& member_id);
    error_code identify(const std::string& member_id,
                        const std::optional<std::string>& instance_id) const;

    void join_without_id(request_token token, const join_request& request,
                         const join_context& context, time_ms now, effects& out);
    void join_again(request_token token, const join_request& request, const join_context& context,
                    time_ms now, effects& out);
    void replace_static(request_token token, const join_request& request,
                        const join_context& context, time_ms now, effects& out);
    void add_member(request_token token, const join_request& request, const join_context& context,
                    const std::string& member_id, time_ms now, effects& out);
    void update_member(group_member& member, request_token token, const join_request& request,
                       const join_context& context, time_ms now, effects& out);
    void set_protocols(group_member& member, std::vector<group_member::protocol> protocols);
    // The member's protocols and bytes among those of all.
    void count_in(const group_member& member);
    void count_out(const group_member& member);
    void remove_member(const std::string& member_id, time_ms now, effects& out);
    void after_departure(time_ms now, effects& out);

    void prepare_rebalance(time_ms now, effects& out);
    void try_complete_join(time_ms now, effects& out);
    void complete_join(time_ms now, effects& out);
    void enter(group_state state, time_ms now);
    std::string select_protocol() const;
    void find_subscribed_topics();

    protocol::join_group_response join_answer(const group_member& member) const;
    protocol::sync_group_response sync_answer(const group_member& member) const;
    void reply_join_error(request_token token, const std::string& member_id, error_code error,
                          effects& out) const;
    static void reply_sync_error(request_token token, error_code error, effects& out);
    void fail_waiting_syncs(error_code error, effects& out);
    void store(effects& out) const;
    // The same, unless the record would be too large to be written.
    bool try_store(effects& out) const;

    std::string id_;
    const core_options& options_;
    group_state state_ = group_state::empty;
    time_ms state_since_ = 0;
    generation_id generation_{0};
    std::string protocol_type_;
    std::string protocol_;
    std::string leader_;
    std::map<std::string, group_member> members_;
    std::map<std::string, std::string> static_members_;   // instance id -> member id
    std::map<std::string, time_ms> pending_;              // told their id, not joined yet -> until
    std::map<std::string, std::size_t> protocol_counts_;  // how many members have each protocol
    std::size_t bytes_ = 0;                               // of all members
    std::size_t awaiting_join_ = 0;                       // members
    std::optional<time_ms> rebalance_due_;                // when the join phase ends
    std::optional<time_ms> sync_due_;      // when members must have asked for their assignment
    std::int64_t initial_delay_left_ = 0;  // > 0: the first rebalance may wait longer
    bool initial_delay_ = false;
    bool joined_in_delay_ = false;
    std::optional<std::set<std::string>> subscribed_;
};

}  // namespace weir::broker::coordinator::group
