// Where keys go: the hashes by which clients choose a partition and brokers a coordinator. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::protocol {

// Kafka's 32-bit murmur2 (the Java clients' default partitioner).
std::int32_t murmur2(base::bytes_view key);
// The partition of a keyed record: the positive part of murmur2, modulo the partitions.
partition_index partition_of_key(base::bytes_view key, std::int32_t partitions);

// The partition of __consumer_offsets (or __transaction_state) that a group id (or transactional
// id) belongs to: the absolute value of Java's String.hashCode, modulo the partitions.
partition_index partition_of_id(std::string_view id, std::int32_t partitions);

}  // namespace weir::broker::protocol
