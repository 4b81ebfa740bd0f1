#include "cli/tools/segments/metadata_text.hpp"

#include <fmt/format.h>

#include <limits>

#include "base/endian.hpp"
#include "broker/protocol/records/json.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::segments {
namespace {

using broker::protocol::json_writer;
using broker::protocol::reader;

using json_or_reason = std::expected<std::string, std::string>;

// "TOPIC_RECORD" for TopicRecord.
std::string constant_name(std::string_view message_name) {
    std::string out;
    for (const char letter : message_name) {
        if (letter >= 'A' && letter <= 'Z' && !out.empty()) out += '_';
        out += letter;
    }
    return java::to_upper(out);
}

template <class Record>
json_or_reason read_metadata(reader& in, std::int16_t version) {
    const auto record = Record::decode(in, version);
    if (!record && record.error() == broker::protocol::decode_errc::trailing) {
        return std::unexpected(
            fmt::format("Found {} byte(s) of garbage after {}", in.left(), Record::message_key));
    }
    if (!record) {
        return std::unexpected(
            fmt::format("Failed to deserialize record with type {}", Record::message_key));
    }
    json_writer out;
    out.begin_object();
    out.key("type");
    out.put_text(constant_name(Record::message_name));
    out.key("version");
    out.put_number(std::int64_t{version});
    out.key("data");
    write_json(out, *record, version);
    out.end_object();
    return std::move(out).take();
}

struct metadata_type {
    std::int16_t type;
    json_or_reason (*read)(reader& in, std::int16_t version);
};

#define WEIR_RECORD(name)                                                           \
    metadata_type {                                                                 \
        broker::protocol::name::message_key, &read_metadata<broker::protocol::name> \
    }
constexpr metadata_type metadata_types[] = {
    WEIR_RECORD(register_broker_record),
    WEIR_RECORD(unregister_broker_record),
    WEIR_RECORD(topic_record),
    WEIR_RECORD(partition_record),
    WEIR_RECORD(config_record),
    WEIR_RECORD(partition_change_record),
    WEIR_RECORD(fence_broker_record),
    WEIR_RECORD(unfence_broker_record),
    WEIR_RECORD(remove_topic_record),
    WEIR_RECORD(delegation_token_record),
    WEIR_RECORD(user_scram_credential_record),
    WEIR_RECORD(feature_level_record),
    WEIR_RECORD(client_quota_record),
    WEIR_RECORD(producer_ids_record),
    WEIR_RECORD(broker_registration_change_record),
    WEIR_RECORD(access_control_entry_record),
    WEIR_RECORD(remove_access_control_entry_record),
    WEIR_RECORD(no_op_record),
    WEIR_RECORD(zk_migration_state_record),
    WEIR_RECORD(remove_user_scram_credential_record),
    WEIR_RECORD(begin_transaction_record),
    WEIR_RECORD(end_transaction_record),
    WEIR_RECORD(abort_transaction_record),
    WEIR_RECORD(remove_delegation_token_record),
    WEIR_RECORD(register_controller_record),
    WEIR_RECORD(clear_elr_record),
};
#undef WEIR_RECORD

// The frame in front of a metadata record is three of these.
std::expected<std::int16_t, std::string> take_number(reader& in, std::string_view what) {
    const auto value = in.get_unsigned_varint();
    if (in.failed()) return std::unexpected(fmt::format("Error while reading {}", what));
    if (value > static_cast<std::uint32_t>(std::numeric_limits<std::int16_t>::max())) {
        return std::unexpected(fmt::format("Value for {} was too large.", what));
    }
    return static_cast<std::int16_t>(value);
}

enum control_type : std::int16_t {
    abort = 0,
    commit = 1,
    leader_change = 2,
    snapshot_header = 3,
    snapshot_footer = 4,
    kraft_version = 5,
    kraft_voters = 6,
};

tool_error invalid_record(std::string message) {
    return {.exception = "org.apache.kafka.common.InvalidRecordException",
            .message = std::move(message)};
}

// The type in the key of a control record, behind its version (ControlRecordType.parseTypeId).
tool_result<std::int16_t> type_of(base::bytes_view key) {
    if (key.size() < 4) {
        return std::unexpected(invalid_record(
            fmt::format("Invalid value size found for control record key. Must have at least 4 "
                        "bytes, but found only {}",
                        key.size())));
    }
    const auto version = base::load_be<std::int16_t>(key.data());
    if (version < 0) {
        return std::unexpected(invalid_record(fmt::format(
            "Invalid version found for control record: {}. May indicate data corruption",
            version)));
    }
    return base::load_be<std::int16_t>(key.data() + 2);
}

tool_result<std::string> marker_text(std::string_view name, base::bytes_view value) {
    if (value.size() < 2 + sizeof(std::int32_t)) {
        return std::unexpected(
            tool_error{.exception = "java.nio.BufferUnderflowException", .message = ""});
    }
    const auto version = base::load_be<std::int16_t>(value.data());
    if (version < 0) {
        return std::unexpected(invalid_record(fmt::format(
            "Invalid version found for end transaction marker: {}. May indicate data corruption",
            version)));
    }
    return fmt::format(" endTxnMarker: {} coordinatorEpoch: {}", name,
                       base::load_be<std::int32_t>(value.data() + 2));
}

// Kafka reads these as version 0 and shows them in the version that stands in the message.
template <class Message>
tool_result<std::string> message_text(std::string_view name, base::bytes_view value) {
    auto copy = base::to_bytes(value);
    reader in(copy);
    const auto message = Message::decode(in, 0);
    if (!message) {
        return std::unexpected(tool_error{.exception = "java.lang.RuntimeException",
                                          .message = std::string(to_text(message.error()))});
    }
    json_writer out;
    write_json(out, *message, message->version);
    return fmt::format(" {} {}", name, out.text());
}

}  // namespace

json_or_reason metadata_json(base::bytes_view value) {
    auto copy = base::to_bytes(value);
    reader in(copy);
    const auto frame = take_number(in, "frame version");
    if (!frame) return std::unexpected(frame.error());
    if (*frame == 0) {
        return std::unexpected(
            "Could not deserialize metadata record with frame version 0. Note that upgrades from "
            "the preview release of KRaft in 2.8 to newer versions are not supported.");
    }
    if (*frame != 1) {
        return std::unexpected(
            fmt::format("Could not deserialize metadata record due to unknown frame version {}"
                        "(only frame version 1 is supported)",
                        *frame));
    }
    const auto type = take_number(in, "type");
    if (!type) return std::unexpected(type.error());
    const auto version = take_number(in, "version");
    if (!version) return std::unexpected(version.error());
    for (const auto& each : metadata_types) {
        if (each.type == *type) return each.read(in, *version);
    }
    return std::unexpected(fmt::format(
        "org.apache.kafka.common.errors.UnsupportedVersionException: Unknown metadata id {}",
        *type));
}

tool_result<std::string> control_text(const broker::protocol::record_view& record) {
    const auto type = type_of(record.key.value_or(base::bytes_view()));
    if (!type) return std::unexpected(type.error());
    const auto value = record.value.value_or(base::bytes_view());
    switch (*type) {
        case abort:
            return marker_text("ABORT", value);
        case commit:
            return marker_text("COMMIT", value);
        case leader_change:
            return message_text<broker::protocol::leader_change_message>("LeaderChange:", value);
        case snapshot_header:
            return message_text<broker::protocol::snapshot_header_record>("SnapshotHeader", value);
        case snapshot_footer:
            return message_text<broker::protocol::snapshot_footer_record>("SnapshotFooter", value);
        case kraft_version:
            return message_text<broker::protocol::kraft_version_record>("KRaftVersion", value);
        case kraft_voters:
            return message_text<broker::protocol::voters_record>("KRaftVoters", value);
        default:
            return fmt::format(" controlType: UNKNOWN({})", *type);
    }
}

}  // namespace weir::cli::tools::segments
