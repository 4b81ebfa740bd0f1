#include "connectors/file/source/file_source.hpp"

#include <algorithm>

namespace weir::connectors::file {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

sdk::outcome file_source::create(const sdk::host& host, const sdk::settings& given,
                                 std::span<const weir_position> positions,
                                 std::unique_ptr<sdk::source>& task) {
    auto settings = read_settings(given);
    if (settings.paths.empty()) return sdk::fatal("paths: names no file");
    if (!settings.start_pattern.empty()) {
        const auto problem = line_start(settings.start_pattern).problem();
        if (!problem.empty()) return sdk::fatal("multiline.start: " + problem);
    }
    std::vector<position> known;
    std::vector<watch_mark> marks;
    for (const auto& each : positions) {
        const auto partition = sdk::view(each.partition);
        const auto offset = sdk::view(each.offset);
        if (auto mark = decode_mark(partition, offset)) {
            marks.push_back(*mark);
        } else if (auto at = decode_position(partition, offset)) {
            known.push_back(std::move(*at));
        } else if (!offset.empty()) {
            // Going on without it would read a file again, or skip it.
            return sdk::fatal("a stored position is none of a file source: " +
                              std::string(partition));
        }
    }
    auto made = std::make_unique<file_source>(host, std::move(settings));
    made->tracker_.adopt(known, marks);
    task = std::move(made);
    return sdk::ok();
}

void file_source::check(const sdk::settings& given, bool reach, sdk::problems& into) {
    check_settings(given, into);
    if (!reach) return;
    for (const auto& pattern : given.list("paths")) {
        const auto root = glob(pattern).root();
        const auto facts = facts_of(root);
        std::string why;
        if (facts && !list_directory(root, why)) into.add("paths", why);
    }
}

file_source::file_source(const sdk::host& host, settings_of_source settings)
    : host_(host),
      settings_(std::move(settings)),
      batch_(settings_, host_name()),
      tracker_(settings_, host, batch_) {}

sdk::outcome file_source::poll(std::chrono::milliseconds timeout, sdk::source_batch& into) {
    auto now = clock::now();
    const auto deadline = now + timeout;
    batch_.clear();
    while (true) {
        tracker_.look(now);
        while (tracker_.has_work()) {
            // Lines that were skipped take room, too.
            if (batch_.empty()) batch_.clear();
            const auto before = batch_.count();
            tracker_.read(now);
            if (batch_.is_full() || batch_.count() > before) break;
        }
        if (!batch_.empty() || tracker_.has_positions() || stop_ || now >= deadline) break;
        if (tracker_.has_work()) continue;
        tracker_.watch().wait(std::min(deadline, tracker_.next_due(now)) - now);
        now = clock::now();
    }
    into.records = batch_.records();
    into.positions = tracker_.take_positions();
    into.drained = !tracker_.has_work();
    if (now >= next_show_) show(now);
    return sdk::ok();
}

void file_source::request_stop() {
    stop_ = true;
    tracker_.watch().wake();
}

void file_source::show(steady_time now) {
    next_show_ = now + 1s;
    const auto& lines = tracker_.lines();
    const auto& files = tracker_.counts();
    const auto as_real = [](std::uint64_t count) { return static_cast<double>(count); };
    host_.gauge("weir_file_source_files", "Files with a position.", as_real(tracker_.files()));
    host_.gauge("weir_file_source_open_files", "Files open.", as_real(tracker_.open_files()));
    host_.gauge("weir_file_source_waiting_files",
                "Files that wait for older generations of their log.", as_real(tracker_.waiting()));
    host_.gauge("weir_file_source_lag_bytes", "Bytes seen and not delivered.",
                as_real(tracker_.lag_bytes()));
    host_.counter("weir_file_source_read_bytes_total", "Bytes read.", as_real(lines.bytes));
    host_.counter("weir_file_source_lines_total", "Lines, or events of several lines.",
                  as_real(lines.lines));
    host_.counter("weir_file_source_long_lines_total", "Lines longer than max_line_bytes.",
                  as_real(lines.long_lines));
    host_.counter("weir_file_source_skipped_bytes_total", "Bytes of long lines left out.",
                  as_real(lines.skipped_bytes));
    host_.counter("weir_file_source_rotations_total", "Files that were renamed.",
                  as_real(files.rotations));
    host_.counter("weir_file_source_truncations_total", "Files that were truncated.",
                  as_real(files.truncations));
    host_.counter("weir_file_source_lost_bytes_total",
                  "Bytes that were seen, and gone before they were read.",
                  as_real(files.lost_bytes));
    host_.counter("weir_file_source_failures_total", "Files that could not be opened or read.",
                  as_real(files.failures));
}

}  // namespace weir::connectors::file
