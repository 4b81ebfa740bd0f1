// options: what the pipeline file may say of a file source, as a table, and what it said, checked.
// Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "connect/sdk/plugin.hpp"

namespace weir::connectors::file {

std::span<const sdk::option> source_options();

// A line that is longer than max_line_bytes: its beginning is the record; it goes the way of bad
// records; it is left out and counted.
enum class long_line : std::uint8_t { cut, dead_letter, skip };
enum class field_place : std::uint8_t { none, value, headers };

struct settings_of_source {
    std::vector<std::string> paths;
    std::vector<std::string> exclude;
    std::vector<std::string> rotated;
    bool from_end = false;
    std::chrono::milliseconds ignore_older{0};  // 0: none is too old
    std::size_t line_bytes_max = 0;
    long_line long_lines = long_line::cut;
    std::string start_pattern;  // empty: a line is a record
    std::chrono::milliseconds join_timeout{0};
    std::size_t join_lines_max = 0;
    field_place place = field_place::none;
    bool with_path = false;
    bool with_host = false;
    bool with_offset = false;
    std::size_t open_files_max = 0;
    std::chrono::milliseconds rescan{0};
    std::chrono::milliseconds rotate_wait{0};
    std::chrono::milliseconds forget_after{0};
};

settings_of_source read_settings(const sdk::settings& from);
// Reports what the table cannot say.
void check_settings(const sdk::settings& from, sdk::problems& into);

}  // namespace weir::connectors::file
