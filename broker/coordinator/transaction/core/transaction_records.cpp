#include "broker/coordinator/transaction/core/transaction_records.hpp"

#include <map>

#include "broker/protocol/records/transaction_log_key.hpp"
#include "broker/protocol/records/transaction_log_value.hpp"

namespace weir::broker::coordinator::transaction {
namespace {

base::bytes encode_key(const std::string& transactional_id) {
    protocol::transaction_log_key key;
    key.transactional_id = transactional_id;
    protocol::writer out;
    out.put_int16(protocol::transaction_log_key::message_key);
    key.encode(out, 0);
    return std::move(out).take_bytes();
}

std::optional<transaction> decode_value(base::bytes_view data) {
    auto copy = base::to_bytes(data);
    protocol::reader in(copy);
    const auto version = in.get_int16();
    if (in.failed()) return std::nullopt;
    const auto stored = protocol::transaction_log_value::decode(in, version);
    if (!stored) return std::nullopt;
    const auto state = stored->transaction_status;
    if (state < 0 || state > static_cast<std::int8_t>(transaction_state::prepare_epoch_fence)) {
        return std::nullopt;
    }
    transaction value{.producer = {.id = stored->producer_id, .epoch = stored->producer_epoch},
                      .previous_producer = producer_id(stored->previous_producer_id),
                      .next_producer = stored->next_producer_id,
                      .timeout_ms = stored->transaction_timeout_ms,
                      .state = static_cast<transaction_state>(state),
                      .started_at = stored->transaction_start_timestamp_ms,
                      .updated_at = stored->transaction_last_update_timestamp_ms,
                      .client_version = stored->client_transaction_version};
    if (stored->transaction_partitions) {
        for (const auto& topic : *stored->transaction_partitions) {
            for (const auto partition : topic.partition_ids)
                value.partitions.insert(
                    {.topic = topic.topic, .partition = partition_index(partition)});
        }
    }
    return value;
}

}  // namespace

log_record transaction_record(const std::string& transactional_id, const transaction& value,
                              std::int16_t version) {
    const std::int16_t value_version = version >= version_with_newer_records ? 1 : 0;
    protocol::transaction_log_value stored;
    stored.producer_id = value.producer.id;
    stored.previous_producer_id = value.previous_producer.value();
    stored.next_producer_id = value.next_producer;
    stored.producer_epoch = value.producer.epoch;
    stored.transaction_timeout_ms = value.timeout_ms;
    stored.transaction_status = static_cast<std::int8_t>(value.state);
    stored.transaction_last_update_timestamp_ms = value.updated_at;
    stored.transaction_start_timestamp_ms = value.started_at;
    stored.client_transaction_version = value.client_version;
    stored.transaction_partitions.reset();
    if (value.state != transaction_state::empty) {
        auto& topics = stored.transaction_partitions.emplace();
        for (const auto& each : value.partitions) {
            if (topics.empty() || topics.back().topic != each.topic) {
                topics.emplace_back().topic = each.topic;
            }
            topics.back().partition_ids.push_back(each.partition.value());
        }
    }
    protocol::writer out;
    out.put_int16(value_version);
    stored.encode(out, value_version);
    return {.key = encode_key(transactional_id), .value = std::move(out).take_bytes()};
}

log_record transaction_tombstone(const std::string& transactional_id) {
    return {.key = encode_key(transactional_id), .value = std::nullopt};
}

std::optional<stored_transaction> read_record(base::bytes_view key,
                                              const std::optional<base::bytes_view>& value) {
    auto copy = base::to_bytes(key);
    protocol::reader in(copy);
    const auto type = in.get_int16();
    if (in.failed() || type != protocol::transaction_log_key::message_key) return std::nullopt;
    const auto decoded = protocol::transaction_log_key::decode(in, 0);
    if (!decoded) return std::nullopt;
    stored_transaction stored{.transactional_id = decoded->transactional_id};
    if (value) {
        stored.value = decode_value(*value);
        if (!stored.value) return std::nullopt;
    }
    return stored;
}

}  // namespace weir::broker::coordinator::transaction
