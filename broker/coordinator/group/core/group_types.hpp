// What goes into and comes out of the group coordinator's core. Plain values. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/coordinator/core/log_record.hpp"
#include "broker/protocol/messages/consumer_group_heartbeat_response.hpp"
#include "broker/protocol/messages/heartbeat_response.hpp"
#include "broker/protocol/messages/join_group_response.hpp"
#include "broker/protocol/messages/leave_group_response.hpp"
#include "broker/protocol/messages/offset_commit_response.hpp"
#include "broker/protocol/messages/offset_delete_response.hpp"
#include "broker/protocol/messages/sync_group_response.hpp"
#include "broker/protocol/messages/txn_offset_commit_response.hpp"

namespace weir::broker::coordinator::group {

// Who waits for an answer; the driver's number of a request.
using request_token = std::uint64_t;
using time_ms = std::int64_t;

using any_response =
    std::variant<protocol::join_group_response, protocol::sync_group_response,
                 protocol::heartbeat_response, protocol::leave_group_response,
                 protocol::offset_commit_response, protocol::offset_delete_response,
                 protocol::txn_offset_commit_response, protocol::consumer_group_heartbeat_response,
                 error_code>;

// Why a request is refused, with a sentence for people.
struct refusal {
    error_code code = error_code::none;
    std::string message;
};

struct reply {
    request_token to = 0;
    any_response what;
};

// What a step asks for. Records are appended first, as one batch; replies leave when everything the
// core has appended so far is committed, so that nobody is told what a crash could take back.
struct effects {
    std::vector<log_record> records;
    std::vector<reply> replies;
    log_producer producer;  // of the records, when they are part of a transaction
};

// Which groups with members may go from one protocol to the other (KIP-848).
struct migration_policy {
    bool upgrade = true;    // from classic to consumer
    bool downgrade = true;  // and back
};

// Of groups of the consumer protocol; what may differ from group to group is in cluster_view.
struct consumer_group_options {
    std::int32_t group_size_max = INT32_MAX;
    // Names; the first is used when no member asks for one.
    std::vector<std::string> assignors = {"uniform", "range"};
    migration_policy migration;
    std::int32_t regex_refresh_interval_ms = 600'000;
    // How soon after the last time topics are matched again when some came or went.
    std::int32_t regex_refresh_interval_min_ms = 10'000;
};

struct core_options {
    std::int32_t initial_rebalance_delay_ms = 250;
    std::int32_t session_timeout_ms_min = 6000;
    std::int32_t session_timeout_ms_max = 1'800'000;
    std::int32_t group_size_max = INT32_MAX;
    std::int32_t offset_metadata_bytes_max = 4096;
    // What the members of a group may take in names and metadata; its leader gets a copy of it all.
    std::size_t group_bytes_max = 16UL * 1024 * 1024;
    // The largest record that can be stored.
    std::size_t record_bytes_max = 1'000'000;
    // What one OffsetCommit may come to in records.
    std::size_t commit_bytes_max = 16UL * 1024 * 1024;
    std::int64_t offsets_retention_ms = 7LL * 24 * 3600 * 1000;
    consumer_group_options consumer;
};

// The client behind a request.
struct client_identity {
    std::string client_id;
    std::string client_host;  // "/127.0.0.1"
    bool operator==(const client_identity&) const = default;
};

struct join_context {
    client_identity client;
    std::int16_t version = 0;
    // The id that a new member gets: unique, made by the driver.
    std::string fresh_member_id;
};

// Who commits offsets.
struct commit_origin {
    std::string member_id;
    std::optional<std::string> instance_id;
    generation_id generation{-1};  // or the member's epoch
    std::int16_t version = 0;      // of OffsetCommit
    bool transactional = false;

    // A program that only stores offsets.
    bool is_anonymous() const {
        return generation < generation_id(0) && member_id.empty() && !instance_id;
    }
};

}  // namespace weir::broker::coordinator::group
