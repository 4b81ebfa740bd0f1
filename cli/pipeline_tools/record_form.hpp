// record_form: a record of a topic as `weir tap` shows it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli::pipeline_tools {

enum class record_format : std::uint8_t { line, json, pretty };

struct shown_header {
    std::string_view key;
    std::optional<std::string_view> value;
};

struct shown_record {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp_ms = -1;
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
    std::vector<shown_header> headers;
};

struct shown_as {
    record_format format = record_format::line;
    bool key = true;
    bool headers = false;
    bool escapes = true;  // for a terminal; else bytes as they are
};

// The lines of one record, with the line break at the end. line: time, topic-partition@offset, key
// and value; json: one object; pretty: a line about the record, then its value, indented if JSON.
std::string form_of(const shown_record& record, const shown_as& how);

// A value, or `null` for one that is missing, escaped or as it is.
std::string value_form(const std::optional<std::string_view>& value, bool escapes);

}  // namespace weir::cli::pipeline_tools
