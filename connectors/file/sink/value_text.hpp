// value_text: values as text, for the cells of CSV; and the fields of a JSON object. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connect/abi/plugin.h"

namespace weir::connectors::file::sink {

// What a cell shows: text as it is, numbers in their shortest form, bytes in base64, dates and
// times as in ISO 8601 (UTC), what has parts as JSON; nothing for null.
void append_text(std::string& out, const weir_value& from);
// The value as JSON; dates and decimals as append_text() writes them, dates in quotes.
void append_json(std::string& out, const weir_value& from);
// "..." with what must be escaped.
void append_json_string(std::string& out, std::string_view text);

// A field of a JSON object: the name without escapes, the value as it is written.
struct json_field {
    std::string name;
    std::string_view value;
};
// The fields of the outermost object, in their order. False: it is no object, or no JSON at all
// (the inside of values is looked at only to find their end).
bool read_json_object(std::string_view text, std::vector<json_field>& out);
// What a JSON value is as the text of a cell: a string without quotes and escapes, nothing for
// null, all else as it is written.
void append_json_text(std::string& out, std::string_view value);

}  // namespace weir::connectors::file::sink
