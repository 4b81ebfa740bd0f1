// The records of __transaction_state, as Kafka writes and reads them. Pure.
#pragma once

#include <optional>
#include <string>

#include "broker/coordinator/transaction/core/transaction_types.hpp"

namespace weir::broker::coordinator::transaction {

// `version` is the level of transaction.version: at 0 a record is one that any Kafka reads, without
// what is only known of clients of version 2.
log_record transaction_record(const std::string& transactional_id, const transaction& value,
                              std::int16_t version);
log_record transaction_tombstone(const std::string& transactional_id);

struct stored_transaction {
    std::string transactional_id;
    std::optional<transaction> value;  // nothing: deleted
};

// What a record says; nothing when it is of another type, or damaged.
std::optional<stored_transaction> read_record(base::bytes_view key,
                                              const std::optional<base::bytes_view>& value);

}  // namespace weir::broker::coordinator::transaction
