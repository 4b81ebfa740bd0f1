#include "broker/coordinator/group/core/group_records.hpp"

#include "broker/protocol/records/group_metadata_key.hpp"
#include "broker/protocol/records/offset_commit_key.hpp"

namespace weir::broker::coordinator::group {
namespace {

// The versions that Kafka 4.3 writes.
constexpr std::int16_t group_value_version = 3;
constexpr std::int16_t offset_value_version = 3;
// A key begins with the type of the record; 0 is the older type of offsets.
constexpr std::int16_t offset_type = protocol::offset_commit_key::message_key;
constexpr std::int16_t legacy_offset_type = 0;
constexpr std::int16_t group_type = protocol::group_metadata_key::message_key;

template <class Key>
base::bytes encode_key(const Key& key) {
    protocol::writer out;
    out.put_int16(Key::message_key);
    key.encode(out, 0);
    return std::move(out).take_bytes();
}

template <class Value>
base::bytes encode_value(const Value& value, std::int16_t version) {
    protocol::writer out;
    out.put_int16(version);
    value.encode(out, version);
    return std::move(out).take_bytes();
}

base::bytes offset_key(const std::string& group, const std::string& topic,
                       partition_index partition) {
    protocol::offset_commit_key key;
    key.group = group;
    key.topic = topic;
    key.partition = partition.value();
    return encode_key(key);
}

template <class Value>
std::optional<Value> decode_value(base::bytes_view data) {
    auto copy = base::to_bytes(data);
    protocol::reader in(copy);
    const auto version = in.get_int16();
    if (in.failed()) return std::nullopt;
    auto value = Value::decode(in, version);
    if (!value) return std::nullopt;
    return std::move(*value);
}

}  // namespace

log_record group_metadata_record(const std::string& group,
                                 const protocol::group_metadata_value& value) {
    protocol::group_metadata_key key;
    key.group = group;
    return {.key = encode_key(key), .value = encode_value(value, group_value_version)};
}

log_record group_tombstone(const std::string& group) {
    protocol::group_metadata_key key;
    key.group = group;
    return {.key = encode_key(key), .value = std::nullopt};
}

log_record offset_record(const std::string& group, const std::string& topic,
                         partition_index partition, const protocol::offset_commit_value& value) {
    return {.key = offset_key(group, topic, partition),
            .value = encode_value(value, offset_value_version)};
}

log_record offset_tombstone(const std::string& group, const std::string& topic,
                            partition_index partition) {
    return {.key = offset_key(group, topic, partition), .value = std::nullopt};
}

std::optional<std::variant<stored_group, stored_offset>> read_record(
    base::bytes_view key, const std::optional<base::bytes_view>& value) {
    auto copy = base::to_bytes(key);
    protocol::reader in(copy);
    const auto type = in.get_int16();
    if (type == group_type) {
        const auto decoded = protocol::group_metadata_key::decode(in, 0);
        if (!decoded) return std::nullopt;
        stored_group stored{.group = decoded->group};
        if (value) {
            stored.value = decode_value<protocol::group_metadata_value>(*value);
            if (!stored.value) return std::nullopt;
        }
        return stored;
    }
    if (type != offset_type && type != legacy_offset_type) return std::nullopt;
    const auto decoded = protocol::offset_commit_key::decode(in, 0);
    if (!decoded) return std::nullopt;
    stored_offset stored{.group = decoded->group,
                         .topic = decoded->topic,
                         .partition = partition_index(decoded->partition)};
    if (value) {
        stored.value = decode_value<protocol::offset_commit_value>(*value);
        if (!stored.value) return std::nullopt;
    }
    return stored;
}

}  // namespace weir::broker::coordinator::group
