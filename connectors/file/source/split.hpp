// split: lines out of a buffer that grows. Pure; nothing is copied or allocated: a line is two
// offsets into the buffer. LF and CRLF end a line, everything else is content, byte for byte.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace weir::connectors::file {

// A line of the buffer: [begin, end) without its end of line, and where the next one begins.
struct line_span {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t next = 0;
    bool cut = false;  // longer than allowed: only its first bytes are in [begin, end)
};

// Where splitting has got to. Between two calls the buffer may only grow at its end.
struct split_state {
    std::size_t taken = 0;    // everything before it was given, or skipped
    std::size_t scanned = 0;  // no end of line between `taken` and here
    bool inside = false;      // in the rest of a line that was cut
    std::size_t skipped = 0;  // bytes of such rests
};

// Calls line(span) -> bool for each line that is complete, as long as it returns true; a line for
// which it returns false was not taken. `last`: nothing more will come, what is left is a line.
// A line is too long if it has more than `line_bytes_max` bytes, however the buffer grew. Returns
// false when `line` did.
template <class Line>
bool split(std::string_view data, bool last, std::size_t line_bytes_max, split_state& state,
           Line&& line) {
    while (state.taken < data.size()) {
        if (state.scanned < state.taken) state.scanned = state.taken;
        const char* from = data.data() + state.scanned;
        const auto* found =
            static_cast<const char*>(std::memchr(from, '\n', data.size() - state.scanned));
        const bool ended = found != nullptr;
        std::size_t end = ended ? static_cast<std::size_t>(found - data.data()) : data.size();
        const std::size_t next = ended ? end + 1 : end;
        if (state.inside) [[unlikely]] {
            state.skipped += end - state.taken;
            state.taken = next;
            state.inside = !ended;
            continue;
        }
        state.scanned = end;
        const std::size_t begin = state.taken;
        if (ended && end > begin && data[end - 1] == '\r') --end;
        // One more byte may be the CR of a line that is not too long.
        const bool too_long = end - begin > line_bytes_max + (ended || last ? 0 : 1);
        if (!ended && !last && !too_long) return true;
        if (too_long) [[unlikely]] {
            const std::size_t stop = begin + line_bytes_max;
            if (!line(line_span{begin, stop, ended ? next : stop, true})) return false;
            if (ended) state.skipped += end - stop;
            state.inside = !ended;
            state.taken = ended ? next : stop;
            continue;
        }
        if (!line(line_span{begin, end, next, false})) return false;
        state.taken = next;
    }
    return true;
}

}  // namespace weir::connectors::file
