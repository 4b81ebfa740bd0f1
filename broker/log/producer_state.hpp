// producer_state: what a partition remembers of idempotent and transactional producers (KIP-98):
// for each producer id the epoch and the last five batches, so that a repeated batch is answered
// with its first offset and a gap is refused; and the transactions that are open. Pure; owned by
// its partition's shard. The table is saved beside a segment as Kafka's `.snapshot` file
// (FORMAT.md).
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "broker/log/control_marker.hpp"
#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/record_batch.hpp"

namespace weir::broker::log {

// A batch that was appended before.
struct known_batch {
    std::int32_t first_sequence = 0;
    std::int32_t last_sequence = 0;
    offset first_offset;
    offset last_offset;
    std::int64_t timestamp = -1;
};

// What a partition can tell of a producer.
struct known_producer {
    broker::producer_id id;
    broker::producer_epoch epoch = no_producer_epoch;
    std::int32_t last_sequence = protocol::no_sequence;
    offset last_offset = no_offset;  // of its newest batch in this epoch
    std::int64_t last_timestamp = -1;
    std::int32_t coordinator_epoch = -1;
    offset open_since = no_offset;         // the first record of its open transaction
    std::uint32_t transactions_ended = 0;  // here, since this state was made
};

class producer_state {
  public:
    // May `batch` be appended? Gives the batch it repeats, or nothing when it is new and fits.
    // OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE otherwise. Batches
    // without a producer always fit.
    kafka_result<std::optional<known_batch>> check(const protocol::batch_view& batch) const;
    // Remembers an appended batch, whose offsets are in its header. Not for control batches.
    void apply(const protocol::batch_view& batch);

    // May a marker of this producer and epoch be appended? TRANSACTION_COORDINATOR_FENCED when a
    // newer coordinator has written one, INVALID_PRODUCER_EPOCH when the producer's epoch is newer,
    // or with `above_epoch` not older (KIP-890: every marker has an epoch of its own, a late one is
    // refused).
    error_code check_marker(broker::producer_id producer, broker::producer_epoch epoch,
                            std::int32_t coordinator_epoch, bool above_epoch) const;
    // Remembers an appended control batch. Gives the first offset of the transaction that it ended;
    // no_offset when the producer had none open here.
    offset apply_marker(const protocol::batch_view& batch, const control_marker& marker);

    // The first record of the oldest open transaction; no_offset when none is open.
    offset first_open() const { return open_.empty() ? no_offset : open_.begin()->first; }
    // What is known of a producer: no epoch (-1) and nothing open when it is not known.
    known_producer find(broker::producer_id producer) const;
    std::vector<known_producer> producers() const;

    // Forgets producers whose last batch is older than `ttl_ms` (producer.id.expiration.ms), unless
    // they have an open transaction.
    void expire(std::int64_t now_ms, std::int64_t ttl_ms);
    std::size_t size() const { return producers_.size(); }
    void clear();

    // The `.snapshot` file of this table.
    base::bytes snapshot() const;
    // Replaces the table; false (and an empty table) when the bytes are damaged.
    bool restore(base::bytes_view snapshot);

  private:
    static constexpr std::size_t batches_kept = 5;

    struct entry {
        broker::producer_epoch epoch;
        std::uint8_t count = 0;
        std::array<known_batch, batches_kept> batches;  // oldest first, `count` of them
        std::int64_t last_timestamp = -1;
        std::int32_t coordinator_epoch = -1;
        offset open_since = no_offset;
        std::uint32_t transactions_ended = 0;
        const known_batch& last() const { return batches[count - 1U]; }
        known_producer told(broker::producer_id id) const;
    };

    // The producer's entry in this epoch; a new epoch forgets the batches of the old one.
    entry& entry_of(const protocol::batch_view& batch);

    std::unordered_map<broker::producer_id, entry> producers_;
    std::map<offset, broker::producer_id> open_;  // by the first record of the transaction
};

}  // namespace weir::broker::log
