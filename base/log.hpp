// Structured logs, to standard error, one line each, as text or JSON. Gateway to spdlog.
//
//   log_info("partition {} is online", partition)
//
// The message is complete in itself; `component` is the folder that speaks. Secrets have no
// formatter, so they cannot get here. Thread safe.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace weir::base {

enum class log_level { debug, info, warn, error, off };
enum class log_format { text, json };

struct log_options {
    log_level level = log_level::info;
    log_format format = log_format::text;
};

// Sets the process-wide options; called once by the program before threads start.
void configure_log(const log_options& options);

// A message as it stands in a line: names that came from outside may hold anything. In text,
// control characters and bytes that are not UTF-8 become \x1b and the like; in JSON, a string's
// content.
std::string log_line_of(std::string_view message, log_format format);

bool log_enabled(log_level level);
void log_write(log_level level, std::string_view message);

template <class... Args>
void log_debug(fmt::format_string<Args...> text, Args&&... args) {
    if (!log_enabled(log_level::debug)) return;
    log_write(log_level::debug, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void log_info(fmt::format_string<Args...> text, Args&&... args) {
    if (!log_enabled(log_level::info)) return;
    log_write(log_level::info, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void log_warn(fmt::format_string<Args...> text, Args&&... args) {
    if (!log_enabled(log_level::warn)) return;
    log_write(log_level::warn, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void log_error(fmt::format_string<Args...> text, Args&&... args) {
    log_write(log_level::error, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace weir::base
