// Times and durations as text, as Java's classes read them. Pure.
#pragma once

#include <chrono>
#include <string_view>

#include "cli/tools/errors.hpp"

namespace weir::cli::tools::java {

// Milliseconds since 1970 of "2026-01-31T12:00:00.000", with a zone behind it ("Z", "+02",
// "+02:00") or in UTC. Fails as SimpleDateFormat does.
tool_result<std::chrono::milliseconds> parse_datetime(std::string_view text);

// "P1DT2H3M4.5S". Fails as Duration.parse does.
tool_result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace weir::cli::tools::java
