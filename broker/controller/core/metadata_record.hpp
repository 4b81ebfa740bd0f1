// metadata_record: the KRaft records that Weir writes and reads, as one variant, and their framing
// in a record's value: unsigned varints frame version (1), api key, version; then the body
// (KIP-631). Pure.
#pragma once

#include <expected>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "broker/protocol/records/broker_registration_change_record.hpp"
#include "broker/protocol/records/config_record.hpp"
#include "broker/protocol/records/feature_level_record.hpp"
#include "broker/protocol/records/partition_change_record.hpp"
#include "broker/protocol/records/partition_record.hpp"
#include "broker/protocol/records/producer_ids_record.hpp"
#include "broker/protocol/records/register_broker_record.hpp"
#include "broker/protocol/records/remove_topic_record.hpp"
#include "broker/protocol/records/topic_record.hpp"
#include "broker/protocol/records/unregister_broker_record.hpp"

namespace weir::broker::controller {

using metadata_record =
    std::variant<protocol::register_broker_record, protocol::unregister_broker_record,
                 protocol::topic_record, protocol::partition_record, protocol::config_record,
                 protocol::partition_change_record, protocol::remove_topic_record,
                 protocol::feature_level_record, protocol::producer_ids_record,
                 protocol::broker_registration_change_record>;

// The value of a Kafka record that holds `record`, at the newest version.
base::bytes encode_metadata_record(const metadata_record& record);

// The record in `value`; the error says what is wrong with it (an unknown type or version, or
// damaged bytes). `value` is only read.
std::expected<metadata_record, std::string> decode_metadata_record(base::bytes_view value);

}  // namespace weir::broker::controller
