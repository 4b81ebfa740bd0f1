// What goes into and comes out of the group coordinator's core. Plain values. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/coordinator/core/log_record.hpp"
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
                 protocol::txn_offset_commit_response, error_code>;

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
};

// The client behind a request.
struct client_identity {
    std::string client_id;
    std::string client_host;  // "/127.0.0.1"
};

}  // namespace weir::broker::coordinator::group
