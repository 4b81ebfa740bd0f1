// reader: reads the lines of one open file into a batch and moves its position. Few large reads;
// each begins with the bytes before the position, by which a truncation is noticed.
#pragma once

#include <cstdint>
#include <optional>

#include "connectors/file/source/batch.hpp"
#include "connectors/file/source/line_start.hpp"
#include "connectors/file/source/split.hpp"
#include "connectors/file/source/tracked.hpp"

namespace weir::connectors::file {

enum class read_result : std::uint8_t {
    full,   // the batch has no room
    slice,  // there is more, but it is the turn of others
    at_end,
    truncated,  // what was delivered is not there any more
    failed
};

// What to do with what has no end yet.
enum class unfinished : std::uint8_t {
    wait,
    give_events,  // whole lines whose event may go on
    give_all      // the last line, too
};

struct read_counts {
    std::uint64_t bytes = 0;
    std::uint64_t lines = 0;
    std::uint64_t long_lines = 0;
    std::uint64_t skipped_bytes = 0;  // of long lines
};

class reader {
  public:
    reader(const settings_of_source& settings, batch& into);

    read_result read(tracked& file, unfinished rest);
    const read_counts& counts() const { return counts_; }

  private:
    struct segment;
    std::int64_t fill(tracked& file, segment& at);
    bool deliver(segment& at, bool last);
    bool give(segment& at, const line_span& span);
    void skip_hole(tracked& file, segment& at);
    void finish(tracked& file, segment& at);

    const settings_of_source& settings_;
    batch& into_;
    std::optional<line_start> starts_;
    read_counts counts_;
};

}  // namespace weir::connectors::file
