#include "broker/log/cleaning/unfinished_swaps.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/log.hpp"
#include "broker/log/batch_walker.hpp"
#include "broker/log/cleaning/segment_writer.hpp"

namespace weir::broker::log::cleaning {
namespace {

// One above the last offset of a whole file; nothing when it is damaged.
io::disk_result<std::optional<offset>> end_of(io::disk& disk, const std::string& path) {
    const auto file = disk.open(path, io::open_mode::read);
    if (!file) return std::unexpected(file.error());
    const auto size = (*file)->size();
    if (!size) return std::unexpected(size.error());
    std::optional<offset> end;
    batch_walker walker(**file, 0, *size);
    while (const auto batch = walker.next_verified())
        end = batch->header.next_offset();
    if (walker.failure()) return std::unexpected(*walker.failure());
    if (walker.damage()) end.reset();
    return end;
}

// `segments`: the bases of those that are there.
io::disk_result<void> finish(io::disk& disk, const std::string& directory, offset base,
                             std::vector<offset>& segments) {
    const auto stem_of = [&](offset of) { return directory + "/" + offset_name(of); };
    const auto swap = stem_of(base) + swap_extension;
    const auto end = end_of(disk, swap);
    if (!end) return std::unexpected(end.error());
    if (!*end) {
        base::log_error("{}: is damaged, though it was synced, and is kept as {}-cut", swap, swap);
        return disk.rename(swap, swap + "-cut");
    }
    if (std::ranges::find(segments, **end) == segments.end()) {
        base::log_warn("{}: is not of the segments that are there and is removed", swap);
        return disk.remove(swap);
    }
    base::log_info("{}: takes the place of what was cleaned", swap);
    for (const auto each : segments) {
        if (each < base || each >= **end) continue;
        for (const auto* extension : segment_files) {
            if (auto gone = disk.remove(stem_of(each) + extension); !gone) return gone;
        }
    }
    std::erase_if(segments, [&](offset each) { return each > base && each < **end; });
    return disk.rename(swap, stem_of(base) + ".log");
}

}  // namespace

io::disk_result<bool> finish_swaps(io::disk& disk, const std::string& directory,
                                   const std::vector<io::directory_entry>& entries) {
    bool changed = false;
    std::vector<offset> segments;
    std::vector<offset> swaps;
    for (const auto& entry : entries) {
        if (const auto base = offset_in(entry.name, ".log")) segments.push_back(*base);
        if (const auto base = offset_in(entry.name, swap_extension)) swaps.push_back(*base);
        if (!offset_in(entry.name, cleaned_extension)) continue;
        const auto removed = disk.remove(directory + "/" + entry.name);
        if (!removed) return std::unexpected(removed.error());
        changed = true;
    }
    for (const auto base : swaps) {
        const auto done = finish(disk, directory, base, segments);
        if (!done) return std::unexpected(done.error());
    }
    if (swaps.empty()) return changed;
    if (auto synced = disk.sync_directory(directory); !synced) {
        return std::unexpected(synced.error());
    }
    return true;
}

}  // namespace weir::broker::log::cleaning
