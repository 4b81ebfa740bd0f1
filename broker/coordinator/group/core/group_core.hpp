// group_core: the groups and offsets of one partition of __consumer_offsets. Pure: requests, time
// and stored records come in; records to append and replies go out (group_types.hpp). The driver
// holds each reply until what was appended before it is committed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/coordinator/core/topic_partition.hpp"
#include "broker/coordinator/group/core/classic_group.hpp"
#include "broker/coordinator/group/core/consumer_group.hpp"
#include "broker/coordinator/group/core/group_records.hpp"
#include "broker/protocol/messages/offset_commit_request.hpp"
#include "broker/protocol/messages/offset_delete_request.hpp"
#include "broker/protocol/messages/txn_offset_commit_request.hpp"

namespace weir::broker::coordinator::group {

using coordinator::topic_partition;

struct committed_offset {
    offset at = no_offset;
    leader_epoch epoch = no_leader_epoch;
    std::string metadata;
    time_ms committed_at = 0;
    std::uint64_t order = 0;  // among all commits of this partition
};

// A group as it is listed: in Kafka's words.
struct group_summary {
    std::string id;
    std::string protocol_type;
    std::string_view state;
    std::string_view type;  // "classic" or "consumer"
};

class group_core {
  public:
    // `cluster` outlives the core.
    group_core(core_options options, const cluster_view& cluster)
        : options_(std::move(options)), cluster_(cluster) {}
    group_core(const group_core&) = delete;
    group_core& operator=(const group_core&) = delete;

    // Replays a stored record; `finish_load` when all are in.
    void load(base::bytes_view key, const std::optional<base::bytes_view>& value);
    // The same for a record of a transaction, which a marker decides later.
    void load_pending(producer_id producer, base::bytes_view key,
                      const std::optional<base::bytes_view>& value);
    void finish_load(time_ms now);

    void join(request_token token, const protocol::join_group_request& request,
              const join_context& context, time_ms now, effects& out);
    void sync(request_token token, const protocol::sync_group_request& request, time_ms now,
              effects& out);
    void heartbeat(request_token token, const protocol::heartbeat_request& request, time_ms now,
                   effects& out);
    void leave(request_token token, const protocol::leave_group_request& request, time_ms now,
               effects& out);
    // Join, leave and heartbeat of the consumer protocol (KIP-848).
    void consumer_heartbeat(request_token token,
                            const protocol::consumer_group_heartbeat_request& request,
                            const join_context& context, time_ms now, effects& out);
    // Topics are named here: the driver has resolved ids. `version` is that of the request.
    void commit(request_token token, const protocol::offset_commit_request& request,
                std::int16_t version, time_ms now, effects& out);
    // TxnOffsetCommit: the offsets count when the producer's transaction is committed.
    void commit_with_transaction(request_token token,
                                 const protocol::txn_offset_commit_request& request, time_ms now,
                                 effects& out);
    // The producer's transaction has its marker here.
    void end_transaction(producer_id producer, bool commits);
    void delete_offsets(request_token token, const protocol::offset_delete_request& request,
                        effects& out);
    void delete_group(request_token token, const std::string& group, effects& out);
    // Forgets offsets of partitions that are no more.
    void topics_deleted(const std::set<std::string>& topics, effects& out);
    // Topics came, changed or went: their groups look again at their next heartbeat.
    void topics_changed(const std::set<std::string>& topics);

    using offset_map = std::map<topic_partition, committed_offset>;
    // Null when there is none.
    const committed_offset* offset_of(const std::string& group, const topic_partition& of) const;
    const offset_map* offsets_of(const std::string& group) const;
    // An offset of the partition waits for the end of a transaction (RequireStable).
    bool is_pending(const std::string& group, const topic_partition& where) const;
    std::vector<group_summary> list() const;
    // May the offsets be fetched by this member, or by nobody in particular?
    error_code check_fetch(const std::string& group, const std::optional<std::string>& member_id,
                           std::int32_t member_epoch) const;
    // A group of the classic protocol, or of the consumer protocol; why not: it does not exist, or
    // is of the other protocol.
    std::expected<protocol::describe_groups_response::described_group, std::string> describe(
        const std::string& group) const;
    std::expected<protocol::consumer_group_describe_response::described_group, std::string>
    describe_consumer(const std::string& group) const;

    // Timeouts of members and rebalances; and, every now and then, of offsets.
    void tick(time_ms now, effects& out);
    void expire_offsets(time_ms now, effects& out);

  private:
    struct entry {
        explicit entry(const std::string& id, const core_options& options)
            : group(std::in_place_type<classic_group>, id, options) {}
        // Also one that is only offsets is classic.
        std::variant<classic_group, consumer_group> group;
        offset_map offsets;

        classic_group* classic() { return std::get_if<classic_group>(&group); }
        consumer_group* consumer() { return std::get_if<consumer_group>(&group); }
        const classic_group* classic() const { return std::get_if<classic_group>(&group); }
        const consumer_group* consumer() const { return std::get_if<consumer_group>(&group); }
        bool has_members() const;
        const std::string& protocol_type() const;
        std::optional<bool> reads(const std::string& topic) const;
        // It has records of its own.
        bool is_stored() const;
    };

    using pending_map = std::map<producer_id, std::map<std::string, offset_map>>;
    using group_map = std::map<std::string, std::unique_ptr<entry>>;

    group_map::iterator drop_if_unused(group_map::iterator at);
    entry* find(const std::string& group);
    entry& find_or_make(const std::string& group);
    // The group as one of the consumer protocol, made or taken over for a member that joins.
    std::expected<consumer_group*, refusal> consumer_for(
        const protocol::consumer_group_heartbeat_request& request, time_ms now, effects& out);
    consumer_group& turn_into_consumer(entry& of, const std::string& id);
    std::expected<consumer_group*, refusal> upgrade(
        entry& of, const protocol::consumer_group_heartbeat_request& request, time_ms now,
        effects& out);
    // A consumer group whose members all use the classic protocol becomes a classic one.
    void downgrade_if_due(const std::string& id, entry& of, time_ms now, effects& out);
    consumer_group& loaded_consumer(const std::string& id);
    template <class Stored>
    void load_consumer(Stored stored);
    static void bury(const std::string& id, const entry& what, effects& out);
    static error_code check_commit(entry& of, const commit_origin& origin, time_ms now);
    // Why a member may not commit the offsets of these partitions: the first reason.
    template <class Request>
    static error_code check_partitions(const entry* of, const commit_origin& origin,
                                       const Request& request) {
        const auto* consumer = of ? of->consumer() : nullptr;
        if (!consumer) return error_code::none;
        for (const auto& topic : request.topics) {
            for (const auto& each : topic.partitions) {
                const auto error =
                    consumer->check_partition(origin, topic.name, each.partition_index);
                if (error != error_code::none) return error;
            }
        }
        return error_code::none;
    }
    error_code check_transactional(const protocol::txn_offset_commit_request& request,
                                   const commit_origin& origin, time_ms now);
    committed_offset stored_as(protocol::offset_commit_value value);
    bool has_pending(const std::string& group) const;
    bool forget_pending(const std::string& group, const topic_partition& where);
    std::set<topic_partition> places_of(const std::string& group) const;
    void forget_offset(const std::string& group, const topic_partition& where, effects& out);
    error_code may_delete(const entry& of, const std::string& topic) const;
    bool has_expired(const entry& of, const topic_partition& where, const committed_offset& what,
                     time_ms now) const;

    core_options options_;
    const cluster_view& cluster_;
    group_map groups_;
    pending_map pending_;
    std::uint64_t last_order_ = 0;
    std::map<std::string, protocol::group_metadata_value> loading_;
    std::set<std::string> downgraded_;  // loading: without a generation of its own since then
};

}  // namespace weir::broker::coordinator::group
