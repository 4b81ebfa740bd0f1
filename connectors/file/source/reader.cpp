#include "connectors/file/source/reader.hpp"

#include <algorithm>

#include "connectors/file/source/content_hash.hpp"
#include "connectors/file/source/join.hpp"
#include "connectors/file/source/split.hpp"

namespace weir::connectors::file {
namespace {

constexpr std::size_t read_bytes = 512 * 1024;
// After so many bytes of one file others have their turn.
constexpr std::size_t slice_bytes = 2 * 1024 * 1024;

}  // namespace

// The bytes of the file from `offset` on, in the batch's buffer.
struct reader::segment {
    char* data = nullptr;
    std::size_t filled = 0;
    std::uint64_t offset = 0;
    split_state lines;
    joiner events;
    bool joined = false;

    std::string_view view() const { return {data, filled}; }
    // Before it everything is delivered.
    std::size_t done() const { return joined && events.pending() ? events.begin() : lines.taken; }
};

reader::reader(const settings_of_source& settings, batch& into) : settings_(settings), into_(into) {
    if (!settings.start_pattern.empty()) starts_.emplace(settings.start_pattern);
}

std::int64_t reader::fill(tracked& file, segment& at) {
    const auto wanted = std::min(into_.room_size() - at.filled, read_bytes);
    auto* into = at.data + at.filled;
    const auto from = at.offset + at.filled;
    const auto got = file.inflated ? file.inflated->read(file.open, from, into, wanted)
                                   : read_at(file.open, from, into, wanted);
    if (got <= 0) return got;
    at.filled += static_cast<std::size_t>(got);
    counts_.bytes += static_cast<std::uint64_t>(got);
    return got;
}

bool reader::give(segment& at, const line_span& span) {
    const std::string_view line = at.view().substr(span.begin, span.end - span.begin);
    const auto offset = at.offset + span.begin;
    if (!span.cut || settings_.long_lines == long_line::cut) {
        if (!into_.add(line, offset)) return false;
    } else if (settings_.long_lines == long_line::dead_letter) {
        if (!into_.add_bad(line, offset)) return false;
    } else {
        counts_.skipped_bytes += line.size();
    }
    if (span.cut) ++counts_.long_lines;
    ++counts_.lines;
    return true;
}

// False when the batch is full.
bool reader::deliver(segment& at, bool last) {
    const auto event = [&](const line_span& span) { return give(at, span); };
    if (!at.joined) return split(at.view(), last, settings_.line_bytes_max, at.lines, event);
    return split(at.view(), last, settings_.line_bytes_max, at.lines, [&](const line_span& span) {
        const bool begins = starts_->matches(at.view().substr(span.begin, span.end - span.begin));
        return at.events.add(span, begins, event);
    });
}

void reader::skip_hole(tracked& file, segment& at) {
    const auto zeros = std::min(at.view().find_first_not_of('\0', at.lines.taken), at.filled);
    if (!file.in_hole) file.in_hole = zeros - at.lines.taken >= file.hole_bytes_min;
    if (file.in_hole) at.lines.taken = zeros;
    if (zeros == at.filled) return;
    file.hole_bytes_min = 0;
    file.in_hole = false;
}

// Moves the position to what was delivered, with what it will be known by.
void reader::finish(tracked& file, segment& at) {
    const auto done = at.done();
    const auto before = file.at.offset;
    file.at.offset = at.offset + done;
    file.at.inside = at.lines.inside;
    file.rest = at.filled - done;
    file.rest_is_lines = at.joined && at.events.pending();
    counts_.skipped_bytes += at.lines.skipped;
    if (file.at.offset != before) {
        const auto bytes = at.view();
        if (file.at.head_length < head_bytes) {
            const auto begin = static_cast<std::size_t>(file.at.head_length - at.offset);
            const auto end = static_cast<std::size_t>(
                std::min<std::uint64_t>(head_bytes, file.at.offset) - at.offset);
            file.head.append(bytes.substr(begin, end - begin));
            file.at.head_length = static_cast<std::uint32_t>(file.head.size());
            file.at.head_hash = content_hash(file.head);
            if (file.at.head_length == head_bytes) file.head = std::string();
        }
        const auto tail = std::min<std::size_t>(tail_bytes, done);
        file.at.tail_length = static_cast<std::uint32_t>(tail);
        file.at.tail_hash = content_hash(bytes.substr(done - tail, tail));
        into_.keep(done);
    }
    // Inflated bytes are given again from what was given back; the tail must be among them.
    if (file.inflated && done >= file.at.tail_length) {
        const auto begin = done - file.at.tail_length;
        file.inflated->give_back(at.offset + begin, at.view().substr(begin));
    }
}

read_result reader::read(tracked& file, unfinished rest) {
    segment at{.data = into_.room(),
               .offset = file.at.offset - file.at.tail_length,
               .events = joiner({settings_.line_bytes_max, settings_.join_lines_max}),
               .joined = starts_.has_value()};
    at.lines.taken = at.lines.scanned = file.at.tail_length;
    at.lines.inside = file.at.inside;
    // An event and the line that may be too much for it.
    const auto needed = (at.joined ? 2 : 1) * settings_.line_bytes_max + 4096;
    if (into_.is_full() || into_.room_size() < needed) return read_result::full;
    into_.begin_file(file.at.path);
    bool first = true;
    while (true) {
        const auto room = std::min(into_.room_size() - at.filled, read_bytes);
        const auto got = fill(file, at);
        if (got < 0) {
            if (!first) finish(file, at);
            return read_result::failed;
        }
        if (first) {
            const auto tail = at.view().substr(0, file.at.tail_length);
            const bool known = tail.size() == file.at.tail_length &&
                               (tail.empty() || content_hash(tail) == file.at.tail_hash);
            if (!known) return read_result::truncated;
            first = false;
        }
        if (file.hole_bytes_min > 0) skip_hole(file, at);
        const bool ended = static_cast<std::size_t>(got) < room;
        // What has just come is not silent.
        if (at.offset + at.filled > file.read_to) rest = unfinished::wait;
        if (!deliver(at, ended && rest == unfinished::give_all)) {
            finish(file, at);
            return read_result::full;
        }
        if (ended) {
            const bool given =
                rest == unfinished::wait || !at.joined ||
                at.events.flush([&](const line_span& span) { return give(at, span); });
            finish(file, at);
            return given ? read_result::at_end : read_result::full;
        }
        if (at.filled == into_.room_size()) {
            finish(file, at);
            return read_result::full;
        }
        if (at.lines.taken >= slice_bytes) {
            finish(file, at);
            return read_result::slice;
        }
    }
}

}  // namespace weir::connectors::file
