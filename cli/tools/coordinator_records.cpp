#include "cli/tools/coordinator_records.hpp"

#include <fmt/format.h>

#include "broker/protocol/records/json.hpp"

namespace weir::cli::tools {
namespace {

using broker::protocol::json_writer;
using broker::protocol::reader;

template <class Record>
std::expected<Record, std::string> read_message(base::bytes& data, std::int16_t version) {
    reader in(data);
    auto record = Record::decode(in, version);
    if (!record) return std::unexpected(std::string(to_text(record.error())));
    return std::move(*record);
}

template <class Record>
std::string json_of(const Record& record, int version) {
    json_writer out;
    write_json(out, record, version);
    return std::move(out).take();
}

// What a client wrote into bytes that the group does not look into: an int16 version, then the
// message. Nothing when it cannot be read: then the bytes are shown as they are.
template <class Message>
std::optional<std::string> json_of_embedded(const base::bytes& data) {
    if (data.size() < sizeof(std::int16_t)) return std::nullopt;
    const auto version = base::load_be<std::int16_t>(data.data());
    base::bytes rest(data.begin() + sizeof(std::int16_t), data.end());
    const auto message = read_message<Message>(rest, version);
    if (!message) return std::nullopt;
    return json_of(*message, version);
}

// Replaces the value of the next member `name`, which is `bytes` in base64, behind `from`. The
// quotes of a name cannot stand inside of a text, where they are escaped.
void replace_bytes(std::string& json, std::size_t& from, std::string_view name,
                   const base::bytes& bytes, const std::optional<std::string>& by) {
    json_writer written;
    written.put_base64(bytes);
    const auto member = fmt::format("\"{}\":{}", name, written.text());
    const auto at = json.find(member, from);
    if (at == std::string::npos) return;
    from = at + member.size();
    if (!by) return;
    const auto shown = fmt::format("\"{}\":{}", name, *by);
    json.replace(at, member.size(), shown);
    from = at + shown.size();
}

std::string json_with_members(const broker::protocol::group_metadata_value& group, int version) {
    using broker::protocol::consumer_protocol_assignment;
    using broker::protocol::consumer_protocol_subscription;
    auto json = json_of(group, version);
    if (group.protocol_type != "consumer") return json;
    std::size_t from = 0;
    for (const auto& each : group.members) {
        replace_bytes(json, from, "subscription", each.subscription,
                      json_of_embedded<consumer_protocol_subscription>(each.subscription));
        replace_bytes(json, from, "assignment", each.assignment,
                      json_of_embedded<consumer_protocol_assignment>(each.assignment));
    }
    return json;
}

template <class Value>
std::string value_json(const Value& value, int version, const coordinator_options& options) {
    if constexpr (std::is_same_v<Value, broker::protocol::group_metadata_value>) {
        if (options.open_members) return json_with_members(value, version);
    }
    return json_of(value, version);
}

// A key without its type, and a value with its version in front.
struct parts {
    base::bytes key;
    std::optional<base::bytes> value;
};

unreadable_record cannot_read(std::int16_t version, std::string_view what, const std::string& why) {
    return {
        .unknown_type = std::nullopt,
        .message = fmt::format("Could not read record with version {} from {}'s buffer due to: {}.",
                               version, what, why)};
}

template <class Key, class Value>
std::expected<coordinator_record, unreadable_record> read_typed(const coordinator_options& options,
                                                                parts from) {
    const auto key = read_message<Key>(from.key, Key::min_version);
    if (!key) return std::unexpected(cannot_read(Key::message_key, "key", key.error()));
    coordinator_record out{.type = Key::message_key,
                           .key_json = json_of(*key, Key::min_version),
                           .value = std::nullopt};
    if (!from.value) return out;
    if (from.value->size() < sizeof(std::int16_t)) {
        return std::unexpected(
            unreadable_record{.unknown_type = std::nullopt,
                              .message = "Could not read version from value's buffer."});
    }
    const auto version = base::load_be<std::int16_t>(from.value->data());
    if (version < Value::min_version || version > Value::max_version) {
        return std::unexpected(unreadable_record{
            .unknown_type = std::nullopt,
            .message = fmt::format("Found an unknown record version {} for {} type", version,
                                   Key::message_key)});
    }
    base::bytes rest(from.value->begin() + sizeof(std::int16_t), from.value->end());
    const auto value = read_message<Value>(rest, version);
    if (!value) return std::unexpected(cannot_read(version, "value", value.error()));
    out.value = coordinator_value{.version = version, .json = value_json(*value, version, options)};
    return out;
}

using read_function =
    std::expected<coordinator_record, unreadable_record> (*)(const coordinator_options&, parts);

struct record_type {
    coordinator of;
    std::int16_t type;
    read_function read;
};

template <class Key, class Value>
constexpr record_type type_of(coordinator of) {
    return {.of = of, .type = Key::message_key, .read = &read_typed<Key, Value>};
}

#define WEIR_RECORD(of, name) \
    type_of<broker::protocol::name##_key, broker::protocol::name##_value>(coordinator::of)
constexpr record_type record_types[] = {
    WEIR_RECORD(group, legacy_offset_commit),
    WEIR_RECORD(group, offset_commit),
    WEIR_RECORD(group, group_metadata),
    WEIR_RECORD(group, consumer_group_metadata),
    WEIR_RECORD(group, consumer_group_partition_metadata),
    WEIR_RECORD(group, consumer_group_member_metadata),
    WEIR_RECORD(group, consumer_group_target_assignment_metadata),
    WEIR_RECORD(group, consumer_group_target_assignment_member),
    WEIR_RECORD(group, consumer_group_current_member_assignment),
    WEIR_RECORD(group, consumer_group_regular_expression),
    WEIR_RECORD(transaction, transaction_log),
};
#undef WEIR_RECORD

}  // namespace

std::expected<coordinator_record, unreadable_record> read_coordinator_record(
    const coordinator_options& options, base::bytes_view key,
    const std::optional<base::bytes_view>& value) {
    if (key.size() < sizeof(std::int16_t)) {
        return std::unexpected(unreadable_record{
            .unknown_type = std::nullopt, .message = "Could not read version from key's buffer."});
    }
    const auto type = base::load_be<std::int16_t>(key.data());
    for (const auto& each : record_types) {
        if (each.of != options.of || each.type != type) continue;
        parts from{.key = base::to_bytes(key.subspan(sizeof(std::int16_t))), .value = std::nullopt};
        if (value) from.value = base::to_bytes(*value);
        return each.read(options, std::move(from));
    }
    return std::unexpected(unreadable_record{
        .unknown_type = type, .message = fmt::format("Found an unknown record type {}", type)});
}

}  // namespace weir::cli::tools
