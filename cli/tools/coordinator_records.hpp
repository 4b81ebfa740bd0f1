// Records of __consumer_offsets and __transaction_state as JSON, as Kafka's tools show them. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace weir::cli::tools {

enum class coordinator { group, transaction };

struct coordinator_value {
    std::int16_t version = 0;
    std::string json;
};

struct coordinator_record {
    std::int16_t type = 0;
    std::string key_json;
    std::optional<coordinator_value> value;  // none: a tombstone
};

struct unreadable_record {
    std::optional<std::int16_t> unknown_type;
    std::string message;
};

struct coordinator_options {
    coordinator of = coordinator::group;
    // Shows what members of a classic group subscribed to and were given, instead of its bytes.
    bool open_members = false;
};

std::expected<coordinator_record, unreadable_record> read_coordinator_record(
    const coordinator_options& options, base::bytes_view key,
    const std::optional<base::bytes_view>& value);

}  // namespace weir::cli::tools
