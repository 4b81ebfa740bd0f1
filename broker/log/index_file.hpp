// The sparse indexes of a segment as files: offset index (.index) and time index (.timeindex), in
// Kafka's format (FORMAT.md). In memory an index is a sorted vector; it becomes a file when its
// segment is sealed or the node stops. Damage is noticed by the sizes and the order of entries, and
// then the index is made again from the log.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "broker/io/disk.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::log {

// The batch that holds base + relative_offset begins at `position` of the log file.
struct offset_entry {
    std::uint32_t relative_offset = 0;
    std::uint32_t position = 0;
};

// The largest timestamp when the entry was made, and the last offset of the batch that has it: no
// record before that batch is newer.
struct time_entry {
    std::int64_t timestamp = 0;
    std::uint32_t relative_offset = 0;
};

struct segment_index {
    std::vector<offset_entry> offsets;
    std::vector<time_entry> times;

    // The last entry at or below a relative offset, or a position; null: begin at the start.
    const offset_entry* floor_of_offset(std::uint32_t relative_offset) const;
    const offset_entry* floor_of_position(std::uint32_t position) const;
    // The last entry whose time is below: everything up to its offset is too old. Null: none.
    const time_entry* floor_of_time(std::int64_t timestamp) const;
};

// Writes both files of the segment whose path without extension is `stem`.
io::disk_result<void> save_index(io::disk& disk, const std::string& stem,
                                 const segment_index& index);
// Reads them; nothing when one is missing or damaged. `log_size`: that of the segment's log.
std::optional<segment_index> load_index(io::disk& disk, const std::string& stem,
                                        std::uint64_t log_size);

}  // namespace weir::broker::log
