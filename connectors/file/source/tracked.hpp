// tracked: a file that is followed: its position and what is open of it. Owned by the tracker.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "connectors/file/source/content.hpp"
#include "connectors/file/source/disk.hpp"
#include "connectors/file/source/position.hpp"

namespace weir::connectors::file {

using steady_time = std::chrono::steady_clock::time_point;

struct tracked {
    position at;
    std::string head;  // its first bytes, while fewer than head_bytes are delivered
    descriptor open;
    std::unique_ptr<inflated_file> inflated;
    std::list<tracked*>::iterator in_use;  // valid while open

    // What is known of it.
    bool here = false;     // there is a file for it: by name, or by the open descriptor
    bool listed = false;   // by name, in a watched directory
    bool current = false;  // at its log's own path
    bool trusted = false;  // its file goes on from the position: compared, or read since
    bool cut_off = false;  // its file was truncated: only a copy can go on
    bool stored = false;   // the host was given a position of it
    bool through_link = false;

    // Where reading is.
    bool queued = false;
    bool waiting = false;  // for older generations of its log
    bool at_end = false;   // nothing more when last read
    // Truncated, maybe under a writer that goes on at its old place: at least so many zeros at the
    // beginning are a hole, not lines. 0: no such thing.
    std::size_t hole_bytes_min = 0;
    bool in_hole = false;
    bool touched = false;        // its position goes with the next batch: it is among the touched
    bool resting = false;        // has a rest that a timer completes
    bool refused = false;        // it could not be opened or read; told once
    std::uint64_t read_to = 0;   // content seen, delivered or not
    std::uint64_t rest = 0;      // bytes after the position that are not delivered yet
    bool rest_is_lines = false;  // of them some are whole lines: an event that may go on
    steady_time grown_at = {};
    steady_time gone_since = {};
};

}  // namespace weir::connectors::file
