// join: several lines to one event, which begins with a line that the start pattern matches. Pure.
// An event is contiguous in the buffer, with the line ends between its lines as they are; so
// nothing is copied here either.
#pragma once

#include <cstddef>

#include "connectors/file/source/split.hpp"

namespace weir::connectors::file {

struct join_limits {
    std::size_t event_bytes_max = 1024 * 1024;
    std::size_t event_lines_max = 1000;
};

class joiner {
  public:
    explicit joiner(join_limits limits) : limits_(limits) {}

    bool pending() const { return lines_ > 0; }
    // Where reading would have to begin again: what is before it was given.
    std::size_t begin() const { return span_.begin; }

    // The next line; `starts`: it begins an event. Calls event(span) -> bool for each event that is
    // complete. False when `event` said so: then the line was not taken.
    template <class Event>
    bool add(const line_span& line, bool starts, Event&& event) {
        if (pending() && (starts || line.cut || is_full(line))) {
            if (!flush(event)) return false;
        }
        if (line.cut) return event(line);
        if (!pending()) span_ = line;
        span_.end = line.end;
        span_.next = line.next;
        ++lines_;
        return true;
    }
    // Gives what is pending.
    template <class Event>
    bool flush(Event&& event) {
        if (!pending()) return true;
        if (!event(span_)) return false;
        lines_ = 0;
        return true;
    }

  private:
    bool is_full(const line_span& line) const {
        return lines_ >= limits_.event_lines_max ||
               line.end - span_.begin > limits_.event_bytes_max;
    }

    join_limits limits_;
    line_span span_;
    std::size_t lines_ = 0;
};

}  // namespace weir::connectors::file
