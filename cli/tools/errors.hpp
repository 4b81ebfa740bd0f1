// What goes wrong in a tool, under the name and in the words that Kafka's own client would use, and
// the lines that Kafka's tools log about it.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "broker/protocol/error_codes.hpp"
#include "broker/rpc/channel.hpp"

namespace weir::cli::tools {

// An exception of Kafka's client: its class with the package, and its message.
struct tool_error {
    std::string exception;
    std::string message;
    std::string cause = {};  // "class: message" of the exception behind it, where that says more
};

template <class T>
using tool_result = std::expected<T, tool_error>;

// The exception for an error code; `message` is what the response said about it.
tool_error error_of(broker::error_code code, const std::optional<std::string>& message = {});
tool_error error_of(const broker::rpc::rpc_error& error);
// Classes of Kafka's client ("TopicExistsException") and of Java.
tool_error client_error(std::string_view short_class, std::string message);
tool_error illegal_argument(std::string message);

// The exception that Java's futures wrap around what went wrong in them.
tool_error in_future(const tool_error& error);

// The broker is too old, or does not serve what was asked.
bool is_unsupported_version(const tool_error& error);

// "org.apache.kafka.common.errors.TopicExistsException: Topic 't' already exists."
std::string described(const tool_error& error);

// To standard error, behind what was printed before: whoever reads both sees the order.
void complain(std::string_view text);

// How most tools end: the message on standard error, exit code 1.
int fail_with(std::string_view message);
int fail_with(const tool_error& error);

// One line on standard error: [2026-01-31 12:00:00,000] ERROR message (logger).
void log_line(std::string_view level, std::string_view message, std::string_view logger);

}  // namespace weir::cli::tools
