#include "cli/tools/errors.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "cli/verb.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;

constexpr std::string_view errors_package = "org.apache.kafka.common.errors.";

struct row {
    error_code code;
    std::string_view exception;
    std::string_view message;
};

constexpr row rows[] = {
#define X(code, exception, message) {error_code::code, exception, message},
#include "cli/tools/exceptions.tbl"
#undef X
};

}  // namespace

tool_error error_of(error_code code, const std::optional<std::string>& message) {
    const auto* found = std::ranges::find(rows, code, &row::code);
    if (found == std::end(rows)) found = std::begin(rows);
    const bool elsewhere = found->exception.contains('.');
    return {.exception = fmt::format("{}{}", elsewhere ? "" : errors_package, found->exception),
            .message = message.value_or(std::string(found->message))};
}

tool_error error_of(const broker::rpc::rpc_error& error) {
    using broker::rpc::rpc_errc;
    switch (error.code) {
        case rpc_errc::unsupported_version:
            return error_of(error_code::unsupported_version, error.message);
        case rpc_errc::timed_out:
            return error_of(error_code::request_timed_out, error.message);
        case rpc_errc::unreachable:
        case rpc_errc::closed:
            return client_error("DisconnectException", error.message);
        case rpc_errc::malformed:
            return {.exception = "org.apache.kafka.common.protocol.types.SchemaException",
                    .message = error.message};
    }
    return error_of(error_code::unknown_server_error, error.message);
}

tool_error client_error(std::string_view short_class, std::string message) {
    return {.exception = fmt::format("{}{}", errors_package, short_class),
            .message = std::move(message)};
}

tool_error illegal_argument(std::string message) {
    return {.exception = "java.lang.IllegalArgumentException", .message = std::move(message)};
}

tool_error in_future(const tool_error& error) {
    return {.exception = "java.util.concurrent.ExecutionException",
            .message = described(error),
            .cause = described(error)};
}

bool is_unsupported_version(const tool_error& error) {
    return error.exception == error_of(error_code::unsupported_version).exception;
}

std::string described(const tool_error& error) {
    if (error.message.empty()) return error.exception;
    if (error.message.empty()) return error.exception;
    return fmt::format("{}: {}", error.exception, error.message);
}

void complain(std::string_view text) {
    std::fflush(stdout);
    std::fwrite(text.data(), 1, text.size(), stderr);
}

int fail_with(std::string_view message) {
    complain(fmt::format("{}\n", message));
    return exit_failed;
}

int fail_with(const tool_error& error) {
    const int code = fail_with(error.message);
    if (!error.cause.empty()) complain(fmt::format("Caused by: {}\n", error.cause));
    return code;
}

void log_line(std::string_view level, std::string_view message, std::string_view logger) {
    using std::chrono::system_clock;
    const auto now = system_clock::now();
    const auto seconds = system_clock::to_time_t(now);
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(
        now - system_clock::from_time_t(seconds));
    complain(fmt::format("[{:%Y-%m-%d %H:%M:%S},{:03}] {} {} ({})\n", fmt::localtime(seconds),
                         since.count(), level, message, logger));
}

}  // namespace weir::cli::tools
