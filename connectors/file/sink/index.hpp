// index: what a sink knows of the files of one partition that are finished, and of those that are
// not; FORMAT.md has its lines. Pure.
//
// From it a task that begins again sees which records are in a finished file already.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::file::sink {

// A file that is whole. Its records are all of its bucket from `first` to `last`.
struct finished_file {
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::int64_t first_ms = 0;  // the time of its first record, to recognise it
    std::string bucket;         // name_of(bucket, first) is its name

    bool operator==(const finished_file&) const = default;
};

// A file that was begun.
struct begun_file {
    std::int64_t first = 0;
    std::string bucket;

    bool operator==(const begun_file&) const = default;
};

struct partition_index {
    std::string topic;              // empty: nothing was read
    std::int64_t floor = -1;        // the highest offset where reading began
    std::vector<begun_file> begun;  // and not finished
    std::vector<finished_file> finished;
    std::size_t damaged_lines = 0;

    bool operator==(const partition_index&) const = default;
};

// Lines, with '\n'.
std::string topic_line(std::string_view topic);
std::string floor_line(std::int64_t offset);
std::string begun_line(const begun_file& file);
std::string finished_line(const finished_file& file);
// All of it.
std::string to_lines(const partition_index& index);
// Any bytes. A line that is damaged, or names a file outside of the directory, is counted and left
// out.
partition_index parse_index(std::string_view text);

}  // namespace weir::connectors::file::sink
