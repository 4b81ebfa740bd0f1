#include "broker/log/validator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "broker/protocol/batch_builder.hpp"
#include "broker/protocol/record_reader.hpp"

namespace weir::broker::log {
namespace {

using protocol::batch_view;
using protocol::compression::codec;

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

std::expected<void, append_error> check_header(const batch_view& batch,
                                               const validation_rules& rules) {
    if (batch.size() > static_cast<std::size_t>(rules.max_message_bytes)) {
        return refuse(error_code::message_too_large,
                      fmt::format("The batch of {} bytes is larger than max.message.bytes {}.",
                                  batch.size(), rules.max_message_bytes));
    }
    if (!batch.crc_matches()) {
        return refuse(error_code::corrupt_message, "The batch's checksum does not match.");
    }
    if (batch.codec_number() >= protocol::compression::codec_count) {
        return refuse(error_code::invalid_record, "The batch has an unknown compression codec.");
    }
    if (batch.count() <= 0 || batch.count() != batch.last_offset_delta() + 1) {
        return refuse(error_code::invalid_record,
                      fmt::format("The batch counts {} records but its last offset delta is {}.",
                                  batch.count(), batch.last_offset_delta()));
    }
    if (rules.origin == append_origin::coordinator) return {};
    if (batch.is_control()) {
        return refuse(error_code::invalid_record,
                      "Clients are not allowed to write control "
                      "records.");
    }
    if (batch.has_producer() && batch.base_sequence() < 0) {
        return refuse(error_code::invalid_record,
                      "A batch with a producer id needs a sequence number.");
    }
    if (batch.codec() == codec::zstd && rules.produce_version < first_version_with_zstd) {
        return refuse(error_code::unsupported_compression_type,
                      "Produce requests with version below 7 cannot carry zstd.");
    }
    return {};
}

// The records' own timestamps against the topic's bounds (KIP-937); -1 has no time.
bool time_in_bounds(std::int64_t timestamp, const validation_rules& rules) {
    if (timestamp == -1) return true;
    const bool too_late =
        timestamp > rules.wall_ms && timestamp - rules.wall_ms > rules.timestamp_after_max_ms;
    const bool too_early =
        timestamp < rules.wall_ms && rules.wall_ms - timestamp > rules.timestamp_before_max_ms;
    return !too_late && !too_early;
}

// One pass over all records: offsets consecutive from 0, keys where needed, times in bounds.
// Gives the largest timestamp.
std::expected<std::int64_t, append_error> check_records(const batch_view& batch,
                                                        base::bytes_view inflated,
                                                        const validation_rules& rules) {
    protocol::record_reader reader(inflated, batch.count());
    std::int64_t max_timestamp = -1;
    const bool check_time =
        rules.timestamps == timestamp_type::create_time && rules.origin == append_origin::client;
    std::int32_t index = 0;
    for (; const auto record = reader.next(); ++index) {
        if (record->offset_delta != index) {
            return refuse_record(error_code::invalid_record, index,
                                 "offsets that are not consecutive from 0");
        }
        if (rules.compacted && !record->key) {
            return refuse_record(error_code::invalid_record, index,
                                 "compacted topics do not accept records without a key");
        }
        const auto timestamp = batch.base_timestamp() + record->timestamp_delta;
        if (check_time && !time_in_bounds(timestamp, rules)) {
            return refuse_record(error_code::invalid_timestamp, index,
                                 fmt::format("timestamp {} out of range", timestamp));
        }
        max_timestamp = std::max(max_timestamp, timestamp);
    }
    if (reader.failed() || index != batch.count()) {
        return refuse_record(error_code::invalid_record, index,
                             "a record that does not fit its batch");
    }
    return max_timestamp;
}

base::bytes recompress(const batch_view& batch, base::bytes_view inflated,
                       const validation_rules& rules) {
    protocol::batch_builder builder;
    protocol::record_reader reader(inflated, batch.count());
    while (const auto record = reader.next()) {
        const auto headers = record->parse_headers().value_or(std::vector<protocol::header_view>{});
        builder.add(batch.base_timestamp() + record->timestamp_delta, record->key, record->value,
                    headers);
    }
    return builder.finish({.codec = *rules.codec,
                           .level = rules.compression_level,
                           .producer_id = batch.producer_id(),
                           .producer_epoch = batch.producer_epoch(),
                           .base_sequence = batch.base_sequence(),
                           .transactional = batch.is_transactional()});
}

}  // namespace

std::size_t inflated_bound(std::int32_t max_message_bytes) {
    return std::max(static_cast<std::size_t>(max_message_bytes) * inflated_factor, inflated_floor);
}

std::expected<valid_batch, append_error> validate_batch(base::mutable_bytes data,
                                                        const validation_rules& rules,
                                                        base::bytes& scratch,
                                                        base::bytes& recompressed) {
    const auto parsed = batch_view::parse(data);
    if (!parsed) {
        const bool old = parsed.error() == protocol::batch_errc::bad_magic;
        return refuse(
            old ? error_code::unsupported_for_message_format : error_code::corrupt_message,
            std::string(protocol::to_text(parsed.error())));
    }
    const auto& batch = *parsed;
    if (batch.size() != data.size()) {
        return refuse(error_code::invalid_record, "There must be exactly one batch a partition.");
    }
    if (auto header = check_header(batch, rules); !header) {
        return std::unexpected(std::move(header.error()));
    }
    const auto inflated =
        protocol::inflated_payload(batch, inflated_bound(rules.max_message_bytes), scratch);
    if (!inflated) {
        return refuse(error_code::corrupt_message,
                      "The records cannot be decompressed, or become far too many.");
    }
    const auto max_timestamp = check_records(batch, *inflated, rules);
    if (!max_timestamp) return std::unexpected(max_timestamp.error());

    valid_batch valid{.count = batch.count(), .max_timestamp = *max_timestamp};
    base::mutable_bytes stored = data;
    if (rules.codec && *rules.codec != batch.codec()) {
        recompressed = recompress(batch, *inflated, rules);
        stored = recompressed;
    }
    if (rules.timestamps == timestamp_type::log_append_time) {
        protocol::set_log_append_time(stored, rules.wall_ms);
        valid.max_timestamp = valid.log_append_time = rules.wall_ms;
    } else if (batch.max_timestamp() != valid.max_timestamp) {
        protocol::set_max_timestamp(stored, valid.max_timestamp);
    }
    return valid;
}

}  // namespace weir::broker::log
