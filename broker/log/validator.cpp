#include "broker/log/validator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/arithmetic.hpp"
#include "broker/protocol/record_reader.hpp"

namespace weir::broker::log {
namespace {

using protocol::batch_view;
using protocol::compression::codec;

// More than this is given back after a batch.
constexpr std::size_t memory_kept = 4UL * 1024 * 1024;

// Length, attributes, three deltas and lengths, and the count of headers: a byte each.
constexpr std::size_t record_size_min = 7;

// zstd came with Produce 7 (KIP-110).
constexpr std::int16_t first_version_with_zstd = 7;

std::unexpected<append_error> refuse(error_code code, std::string message) {
    return std::unexpected(append_error{.code = code, .message = std::move(message)});
}

std::unexpected<append_error> refuse_record(error_code code, std::int32_t index,
                                            const std::string& message) {
    append_error error{.code = code,
                       .message = "One or more records have been rejected due to " + message};
    error.records.push_back({.index = index, .message = message});
    return std::unexpected(std::move(error));
}

std::expected<void, append_error> check_size(std::size_t size, const validation_rules& rules) {
    if (size <= static_cast<std::size_t>(rules.max_message_bytes)) return {};
    return refuse(error_code::message_too_large,
                  fmt::format("The batch of {} bytes is larger than max.message.bytes {}.", size,
                              rules.max_message_bytes));
}

// What only a client may not write.
std::expected<void, append_error> check_client_header(const batch_view& batch,
                                                      const validation_rules& rules) {
    if (batch.is_control()) {
        return refuse(error_code::invalid_record,
                      "Clients are not allowed to write control records.");
    }
    if (batch.is_transactional() && !rules.transactional) {
        return refuse(error_code::invalid_txn_state,
                      "A transactional batch needs a request with a transactional id.");
    }
    if (batch.is_transactional() && !batch.has_producer()) {
        return refuse(error_code::invalid_record, "A transactional batch needs a producer id.");
    }
    if (batch.has_producer() && batch.base_sequence() < 0) {
        return refuse(error_code::invalid_record,
                      "A batch with a producer id needs a sequence number.");
    }
    if (batch.base_offset() != offset(0)) {
        return refuse(error_code::invalid_record,
                      fmt::format("The baseOffset of the record batch should be 0, but it is {}.",
                                  batch.base_offset()));
    }
    if (batch.codec() == codec::zstd && rules.produce_version < first_version_with_zstd) {
        return refuse(error_code::unsupported_compression_type,
                      "Produce requests with version below 7 cannot carry zstd.");
    }
    return {};
}

std::expected<void, append_error> check_header(const batch_view& batch,
                                               const validation_rules& rules) {
    if (auto size = check_size(batch.size(), rules); !size) return size;
    if (!batch.crc_matches()) {
        return refuse(error_code::corrupt_message, "The batch's checksum does not match.");
    }
    if (batch.codec_number() >= protocol::compression::codec_count) {
        return refuse(error_code::invalid_record, "The batch has an unknown compression codec.");
    }
    const auto covered = std::int64_t{batch.last_offset_delta()} + 1;
    if (batch.count() <= 0 || batch.count() != covered) {
        return refuse(error_code::invalid_record,
                      fmt::format("The batch counts {} records but its last offset delta is {}.",
                                  batch.count(), batch.last_offset_delta()));
    }
    if (rules.origin == append_origin::coordinator) return {};
    return check_client_header(batch, rules);
}

std::unexpected<append_error> refuse_time(std::int64_t timestamp, std::int32_t index,
                                          const validation_rules& rules) {
    append_error error{
        .code = error_code::invalid_timestamp,
        .message = "One or more records have been rejected due to invalid timestamp"};
    error.records.push_back(
        {.index = index,
         .message =
             fmt::format("Timestamp {} of message with offset {} is out of range. The "
                         "timestamp should be within [{}, {}]",
                         timestamp, index,
                         base::wrapping_subtract(rules.wall_ms, rules.timestamp_before_max_ms),
                         base::wrapping_add(rules.wall_ms, rules.timestamp_after_max_ms))});
    return std::unexpected(std::move(error));
}

// The records' own timestamps against the topic's bounds (KIP-937); -1 has no time.
bool time_in_bounds(std::int64_t timestamp, const validation_rules& rules) {
    if (timestamp == -1) return true;
    const auto ahead = base::saturating_subtract(timestamp, rules.wall_ms);
    const auto behind = base::saturating_subtract(rules.wall_ms, timestamp);
    return ahead <= rules.timestamp_after_max_ms && behind <= rules.timestamp_before_max_ms;
}

// One pass over all records: offsets consecutive from 0, keys where needed, times in bounds.
// Gives the largest timestamp.
std::expected<std::int64_t, append_error> check_records(const batch_view& batch,
                                                        base::bytes_view inflated,
                                                        const validation_rules& rules) {
    protocol::record_scanner records(inflated, batch.count());
    protocol::record_summary record;
    std::int64_t max_timestamp = -1;
    const bool check_time =
        rules.timestamps == timestamp_type::create_time && rules.origin == append_origin::client;
    std::int32_t index = 0;
    for (; records.next(record); ++index) {
        if (record.offset_delta != index) {
            return refuse_record(error_code::invalid_record, index,
                                 "offsets that are not consecutive from 0");
        }
        if (rules.compacted && !record.has_key) {
            return refuse_record(error_code::invalid_record, index,
                                 "compacted topics do not accept records without a key");
        }
        const auto timestamp = base::wrapping_add(batch.base_timestamp(), record.timestamp_delta);
        if (check_time && !time_in_bounds(timestamp, rules)) {
            return refuse_time(timestamp, index, rules);
        }
        max_timestamp = std::max(max_timestamp, timestamp);
    }
    if (records.failed() || index != batch.count()) {
        return refuse_record(error_code::invalid_record, index,
                             "a record that does not fit its batch");
    }
    return max_timestamp;
}

// The batch with its records as they are, in the topic's codec: it does not change their bytes.
base::bytes recompress(const batch_view& batch, base::bytes_view inflated,
                       const validation_rules& rules) {
    const auto payload =
        protocol::compression::deflate(*rules.codec, inflated, rules.compression_level);
    return protocol::with_payload(batch, *rules.codec, payload);
}

}  // namespace

std::size_t inflated_bound(std::int32_t max_message_bytes) {
    return std::clamp(static_cast<std::size_t>(max_message_bytes) * inflated_factor, inflated_floor,
                      inflated_ceiling);
}

void batch_memory::release() {
    recompressed.clear();
    for (auto* each : {&inflated, &recompressed}) {
        if (each->capacity() > memory_kept) base::bytes().swap(*each);
    }
}

std::expected<valid_batch, append_error> validate_batch(base::mutable_bytes data,
                                                        const validation_rules& rules,
                                                        batch_memory& memory) {
    memory.recompressed.clear();
    const auto parsed = batch_view::parse(data);
    if (!parsed) {
        const bool spoiled = parsed.error() == protocol::batch_errc::bad_length ||
                             parsed.error() == protocol::batch_errc::unknown_magic;
        return refuse(spoiled ? error_code::corrupt_message : error_code::invalid_record,
                      fmt::format("Not accepted: {}.", protocol::to_text(parsed.error())));
    }
    const auto& batch = *parsed;
    if (batch.size() != data.size()) {
        return refuse(error_code::invalid_record, "There must be exactly one batch a partition.");
    }
    if (auto header = check_header(batch, rules); !header) {
        return std::unexpected(std::move(header.error()));
    }
    const auto bound = inflated_bound(rules.max_message_bytes);
    const bool too_many = static_cast<std::size_t>(batch.count()) > bound / record_size_min;
    const auto inflated = too_many ? std::unexpected(protocol::batch_errc::bad_codec)
                                   : protocol::inflated_payload(batch, bound, memory.inflated);
    if (!inflated) {
        return refuse(error_code::invalid_record,
                      "The records cannot be decompressed, or become far too many.");
    }
    const auto max_timestamp = check_records(batch, *inflated, rules);
    if (!max_timestamp) return std::unexpected(max_timestamp.error());

    valid_batch valid{.count = batch.count(), .max_timestamp = *max_timestamp};
    base::mutable_bytes stored = data;
    if (rules.codec && *rules.codec != batch.codec()) {
        if (*rules.codec == codec::none) {
            const auto size = check_size(protocol::batch_header_size + inflated->size(), rules);
            if (!size) return std::unexpected(size.error());
        }
        memory.recompressed = recompress(batch, *inflated, rules);
        stored = memory.recompressed;
        if (auto size = check_size(stored.size(), rules); !size) {
            return std::unexpected(std::move(size.error()));
        }
    }
    if (rules.timestamps == timestamp_type::log_append_time) {
        protocol::set_log_append_time(stored, rules.wall_ms);
        valid.max_timestamp = valid.log_append_time = rules.wall_ms;
    } else if (batch.max_timestamp() != valid.max_timestamp || batch.is_log_append_time()) {
        protocol::set_create_time(stored, valid.max_timestamp);
    }
    return valid;
}

}  // namespace weir::broker::log
