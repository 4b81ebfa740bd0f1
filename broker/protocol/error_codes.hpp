// error_code: Kafka's error codes, from error_codes.tbl.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <expected>
#include <string_view>

namespace weir::broker {

enum class error_code : std::int16_t {
#define X(code, name, retriable) name = code,
#include "broker/protocol/error_codes.tbl"
#undef X
};

// The name as Kafka prints it: "NOT_LEADER_OR_FOLLOWER"; "UNKNOWN_SERVER_ERROR" for other numbers.
std::string_view error_name(error_code code);
bool is_retriable(error_code code);

// An error that a client will see: the code, and a sentence where the protocol carries one.
template <class T>
using kafka_result = std::expected<T, error_code>;

}  // namespace weir::broker

template <>
struct fmt::formatter<weir::broker::error_code> : fmt::formatter<std::string_view> {
    auto format(weir::broker::error_code code, fmt::format_context& context) const {
        return fmt::formatter<std::string_view>::format(weir::broker::error_name(code), context);
    }
};
