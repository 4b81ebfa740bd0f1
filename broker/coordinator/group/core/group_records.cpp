#include "broker/coordinator/group/core/group_records.hpp"

#include "broker/protocol/records/consumer_group_current_member_assignment_key.hpp"
#include "broker/protocol/records/consumer_group_member_metadata_key.hpp"
#include "broker/protocol/records/consumer_group_metadata_key.hpp"
#include "broker/protocol/records/consumer_group_regular_expression_key.hpp"
#include "broker/protocol/records/consumer_group_target_assignment_member_key.hpp"
#include "broker/protocol/records/consumer_group_target_assignment_metadata_key.hpp"
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
// Those of consumer groups have one version.
constexpr std::int16_t consumer_value_version = 0;

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

// The names in a key, either way. Only a record that a group has once has one name.
template <class Stored, class Key>
void name(Stored& stored, Key key) {
    if constexpr (requires { key.group; }) {
        stored.group = std::move(key.group);
    } else {
        stored.group = std::move(key.group_id);
    }
    if constexpr (requires { key.member_id; }) stored.member = std::move(key.member_id);
    if constexpr (requires { key.regular_expression; }) {
        stored.member = std::move(key.regular_expression);
    }
    if constexpr (requires { key.topic; }) {
        stored.topic = std::move(key.topic);
        stored.partition = partition_index(key.partition);
    }
}

template <class Key, class Value>
log_record keyed(const Key& key, const std::optional<Value>& value) {
    log_record record{.key = encode_key(key), .value = std::nullopt};
    if (value) record.value = encode_value(*value, consumer_value_version);
    return record;
}

template <class Key, class Value>
log_record group_record(const stored_of_group<Value>& stored) {
    Key key;
    key.group_id = stored.group;
    return keyed(key, stored.value);
}

template <class Key, class Value>
log_record member_record(const stored_of_member<Value>& stored) {
    Key key;
    key.group_id = stored.group;
    if constexpr (requires { key.member_id; }) {
        key.member_id = stored.member;
    } else {
        key.regular_expression = stored.member;
    }
    return keyed(key, stored.value);
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

template <class Stored, class Key>
std::optional<stored_record> read_as(protocol::reader& in,
                                     const std::optional<base::bytes_view>& value) {
    auto key = Key::decode(in, 0);
    if (!key) return std::nullopt;
    Stored stored;
    name(stored, std::move(*key));
    if (value) {
        using value_type = typename decltype(stored.value)::value_type;
        stored.value = decode_value<value_type>(*value);
        if (!stored.value) return std::nullopt;
    }
    return stored;
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

log_record to_record(const stored_epoch& stored) {
    return group_record<protocol::consumer_group_metadata_key>(stored);
}

log_record to_record(const stored_target_epoch& stored) {
    return group_record<protocol::consumer_group_target_assignment_metadata_key>(stored);
}

log_record to_record(const stored_metadata& stored) {
    return member_record<protocol::consumer_group_member_metadata_key>(stored);
}

log_record to_record(const stored_target& stored) {
    return member_record<protocol::consumer_group_target_assignment_member_key>(stored);
}

log_record to_record(const stored_current& stored) {
    return member_record<protocol::consumer_group_current_member_assignment_key>(stored);
}

log_record to_record(const stored_regex& stored) {
    return member_record<protocol::consumer_group_regular_expression_key>(stored);
}

std::optional<stored_record> read_record(base::bytes_view key,
                                         const std::optional<base::bytes_view>& value) {
    auto copy = base::to_bytes(key);
    protocol::reader in(copy);
    switch (in.get_int16()) {
        case protocol::group_metadata_key::message_key:
            return read_as<stored_classic, protocol::group_metadata_key>(in, value);
        case protocol::consumer_group_metadata_key::message_key:
            return read_as<stored_epoch, protocol::consumer_group_metadata_key>(in, value);
        case protocol::consumer_group_target_assignment_metadata_key::message_key:
            return read_as<stored_target_epoch,
                           protocol::consumer_group_target_assignment_metadata_key>(in, value);
        case protocol::consumer_group_member_metadata_key::message_key:
            return read_as<stored_metadata, protocol::consumer_group_member_metadata_key>(in,
                                                                                          value);
        case protocol::consumer_group_target_assignment_member_key::message_key:
            return read_as<stored_target, protocol::consumer_group_target_assignment_member_key>(
                in, value);
        case protocol::consumer_group_current_member_assignment_key::message_key:
            return read_as<stored_current, protocol::consumer_group_current_member_assignment_key>(
                in, value);
        case protocol::consumer_group_regular_expression_key::message_key:
            return read_as<stored_regex, protocol::consumer_group_regular_expression_key>(in,
                                                                                          value);
        case offset_type:
        case legacy_offset_type:
            return read_as<stored_offset, protocol::offset_commit_key>(in, value);
        default:
            return std::nullopt;
    }
}

}  // namespace weir::broker::coordinator::group
