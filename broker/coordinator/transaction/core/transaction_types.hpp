// What goes into and comes out of the transaction coordinator's core. Plain values. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/coordinator/core/log_record.hpp"
#include "broker/coordinator/core/topic_partition.hpp"
#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::coordinator::transaction {

// Who waits for an answer; the driver's number of a request.
using request_token = std::uint64_t;
using time_ms = std::int64_t;

// As stored; the numbers are Kafka's.
enum class transaction_state : std::int8_t {
    empty = 0,
    ongoing = 1,
    prepare_commit = 2,
    prepare_abort = 3,
    complete_commit = 4,
    complete_abort = 5,
    dead = 6,
    prepare_epoch_fence = 7
};
// "Ongoing", as ListTransactions and the tools show it.
std::string_view to_text(transaction_state state);
std::optional<transaction_state> parse_state(std::string_view text);

using coordinator::topic_partition;

// From this level of transaction.version on records are stored in the newer form, and from this
// version of the protocol on every transaction has an epoch of its own (KIP-890).
inline constexpr std::int16_t version_with_newer_records = 1;
inline constexpr std::int16_t version_with_epochs = 2;

struct producer_identity {
    producer_id id = no_producer_id;
    producer_epoch epoch = no_producer_epoch;
    bool operator==(const producer_identity&) const = default;
};

// The highest epoch of a client: its marker has the one above.
inline constexpr producer_epoch last_epoch_of_client{std::numeric_limits<std::int16_t>::max() - 1};

// What is known of a transactional id.
struct transaction {
    producer_identity producer;
    producer_id previous_producer = no_producer_id;  // before the epochs were used up
    producer_id next_producer = no_producer_id;      // when the transaction has ended
    producer_epoch last_epoch = no_producer_epoch;   // before the last bump
    std::int32_t timeout_ms = 0;
    transaction_state state = transaction_state::empty;
    std::set<topic_partition> partitions;
    time_ms started_at = -1;
    time_ms updated_at = -1;
    std::int16_t client_version = 0;  // of the protocol

    // It is decided, and its markers are being written.
    bool is_preparing() const {
        return state == transaction_state::prepare_commit ||
               state == transaction_state::prepare_abort;
    }
    bool is_complete() const {
        return state == transaction_state::complete_commit ||
               state == transaction_state::complete_abort;
    }
    bool has_epochs() const { return client_version >= version_with_epochs; }
    // The next epoch would be the last one, which a marker may still have but no client.
    bool is_exhausted() const { return producer.epoch >= last_epoch_of_client; }
};

struct answer {
    error_code error = error_code::none;
    producer_identity producer;         // InitProducerId, EndTxn of version 2
    std::set<topic_partition> refused;  // of verify()
};

struct reply {
    request_token to = 0;
    answer what;
};

// Markers that a transaction's partitions are to get; markers_written() tells that all have theirs.
struct marker_work {
    std::string transactional_id;
    producer_identity producer;
    bool commits = false;
    bool above_epoch = false;  // the epoch is above that of every record of the transaction
    std::vector<topic_partition> partitions;
};

// What a step asks for. Records are appended first, as one batch; replies leave and markers are
// written when everything the core has appended so far is committed.
struct effects {
    std::vector<log_record> records;
    std::vector<reply> replies;
    std::vector<marker_work> markers;
};

struct core_options {
    std::int32_t timeout_ms_max = 900'000;                   // transaction.max.timeout.ms
    std::int64_t id_expiration_ms = 7LL * 24 * 3600 * 1000;  // transactional.id.expiration.ms
};

struct init_wish {
    std::string transactional_id;
    std::int32_t timeout_ms = 0;
    producer_identity expected;          // what the client has already (KIP-360); none at first
    producer_id fresh = no_producer_id;  // taken when the id needs a new producer id
};

struct add_wish {
    std::string transactional_id;
    producer_identity producer;
    std::vector<topic_partition> partitions;
    std::int16_t client_version = 0;
};

struct end_wish {
    std::string transactional_id;
    producer_identity producer;
    bool commits = false;
    std::int16_t client_version = 0;
    producer_id fresh = no_producer_id;  // taken when the epochs are used up
};

}  // namespace weir::broker::coordinator::transaction
