// What a broker checks before it takes a batch from a client (and changes in it): the rules of
// Kafka's produce path. Pure; changes only the bytes it is given.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/record_batch.hpp"

namespace weir::broker::log {

enum class append_origin : std::uint8_t {
    client,       // everything is checked
    coordinator,  // the broker's own records, control batches among them
};

enum class timestamp_type : std::uint8_t { create_time, log_append_time };

struct validation_rules {
    std::int32_t max_message_bytes = 1048588;
    bool compacted = false;  // every record needs a key
    timestamp_type timestamps = timestamp_type::create_time;
    std::int64_t timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
    std::int64_t timestamp_after_max_ms = 3'600'000;
    // The codec of the topic; nothing means the producer's own.
    std::optional<protocol::compression::codec> codec;
    int compression_level = 0;
    std::int64_t wall_ms = 0;
    append_origin origin = append_origin::client;
    std::int16_t produce_version = 13;
    bool transactional = false;  // the request has a transactional id
};

struct record_error {
    std::int32_t index = 0;
    std::string message;
};

struct append_error {
    error_code code = error_code::none;
    std::string message;
    std::vector<record_error> records;
};

// What the log needs to know of a batch that was found good.
struct valid_batch {
    std::int32_t count = 0;
    std::int64_t max_timestamp = -1;
    std::int64_t log_append_time = -1;  // -1: the records have the producer's time
};

// What one batch may inflate to: 32 times the largest batch that its topic takes, at least 32 MiB
// and at most 128 MiB.
inline constexpr std::size_t inflated_factor = 32;
inline constexpr std::size_t inflated_floor = 32UL * 1024 * 1024;
inline constexpr std::size_t inflated_ceiling = 128UL * 1024 * 1024;
std::size_t inflated_bound(std::int32_t max_message_bytes);

// Where batches are inflated and compressed again. One per shard: ten thousand partitions share it.
struct batch_memory {
    base::bytes inflated;
    base::bytes recompressed;

    // Forgets the last batch; gives back what a large one took.
    void release();
};

// Checks the one batch that `data` is; may set its max timestamp and log append time.
// `memory.recompressed` is filled instead when the topic wants another codec than the producer's:
// then that is the batch to store; else it is empty.
//
// CORRUPT_MESSAGE tells a client to send again: it is the answer to a wrong checksum or length
// alone. What would be as bad the next time is INVALID_RECORD.
std::expected<valid_batch, append_error> validate_batch(base::mutable_bytes data,
                                                        const validation_rules& rules,
                                                        batch_memory& memory);

}  // namespace weir::broker::log
