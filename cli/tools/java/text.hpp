// Text as Java's classes take it apart.
#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tools/errors.hpp"

namespace weir::cli::tools::java {

// String.split(separator): without the empty pieces at the end; one piece when nothing splits.
std::vector<std::string> split(std::string_view text, std::string_view separator);
// String.trim: without what is at or below the blank at both ends.
std::string_view trim(std::string_view text);
// equalsIgnoreCase, for ASCII.
bool equals_ignoring_case(std::string_view one, std::string_view other);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

// The UTF-16 units of UTF-8 text; what is not UTF-8 becomes U+FFFD.
std::vector<std::uint16_t> utf16_units(std::string_view text);

// Long.parseLong and Integer.parseInt: an optional sign, digits, nothing else.
std::optional<std::int64_t> parse_long(std::string_view text);
std::optional<std::int32_t> parse_int(std::string_view text);
// Double.toString of a finite number: 1000.0, 1.0E8.
std::string double_text(double value);
// As they fail: NumberFormatException.
tool_error number_format(std::string_view text);

// File.toString: no doubled slash, none at the end.
std::string file_text(std::string_view path);
// File.getAbsolutePath.
std::string absolute_path(std::string_view path);

}  // namespace weir::cli::tools::java
