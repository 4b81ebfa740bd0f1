// text_form: bytes and times as text for people and for programs. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace weir::cli::pipeline_tools {

// Whether it is UTF-8.
bool is_text(std::string_view data);
// As it may stand on a terminal: control characters and bytes that are no UTF-8 as \x1b and the
// like, so that a record cannot move the cursor.
std::string escaped(std::string_view data);
std::string hexadecimal(std::string_view data);
// A JSON string with its quotes; what is not UTF-8 as U+FFFD.
std::string json_string(std::string_view text);
// "name":"text", or "name_hex":"00ff" when it is no UTF-8.
std::string json_member(std::string_view name, std::string_view data);
// 2026-11-30T22:44:16.123Z; "-" for none (below 0).
std::string utc_text(std::int64_t milliseconds);
// A JSON document with line breaks and indentation, numbers and order untouched; empty when
// `text` is no JSON document.
std::string indented_json(std::string_view text);

}  // namespace weir::cli::pipeline_tools
