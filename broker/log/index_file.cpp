#include "broker/log/index_file.hpp"

#include <algorithm>

#include "base/endian.hpp"

namespace weir::broker::log {
namespace {

constexpr std::size_t offset_entry_size = 8;
constexpr std::size_t time_entry_size = 12;
constexpr std::uint64_t index_file_max = 64 * 1024 * 1024;

bool in_order(const segment_index& index, std::uint64_t log_size) {
    for (std::size_t at = 0; at < index.offsets.size(); ++at) {
        const auto& each = index.offsets[at];
        if (each.position >= log_size) return false;
        if (at == 0) continue;
        const auto& before = index.offsets[at - 1];
        if (each.position <= before.position) return false;
        if (each.relative_offset <= before.relative_offset) return false;
    }
    return std::ranges::is_sorted(index.times, {}, &time_entry::timestamp) &&
           std::ranges::is_sorted(index.times, {}, &time_entry::relative_offset);
}

}  // namespace

const offset_entry* segment_index::floor_of_offset(std::uint32_t relative_offset) const {
    const auto above =
        std::ranges::upper_bound(offsets, relative_offset, {}, &offset_entry::relative_offset);
    return above == offsets.begin() ? nullptr : &*std::prev(above);
}

const offset_entry* segment_index::floor_of_position(std::uint32_t position) const {
    const auto above = std::ranges::upper_bound(offsets, position, {}, &offset_entry::position);
    return above == offsets.begin() ? nullptr : &*std::prev(above);
}

const time_entry* segment_index::floor_of_time(std::int64_t timestamp) const {
    const auto at = std::ranges::lower_bound(times, timestamp, {}, &time_entry::timestamp);
    return at == times.begin() ? nullptr : &*std::prev(at);
}

io::disk_result<void> save_index(io::disk& disk, const std::string& stem,
                                 const segment_index& index) {
    base::bytes offsets(index.offsets.size() * offset_entry_size);
    auto* to = offsets.data();
    for (const auto& each : index.offsets) {
        base::store_be(to, each.relative_offset);
        base::store_be(to + 4, each.position);
        to += offset_entry_size;
    }
    base::bytes times(index.times.size() * time_entry_size);
    to = times.data();
    for (const auto& each : index.times) {
        base::store_be(to, each.timestamp);
        base::store_be(to + 8, each.relative_offset);
        to += time_entry_size;
    }
    if (auto saved = io::overwrite_file(disk, stem + ".index", offsets); !saved) return saved;
    return io::overwrite_file(disk, stem + ".timeindex", times);
}

std::optional<segment_index> load_index(io::disk& disk, const std::string& stem,
                                        std::uint64_t log_size) {
    const auto offsets = io::read_file(disk, stem + ".index", index_file_max);
    const auto times = io::read_file(disk, stem + ".timeindex", index_file_max);
    if (!offsets || !times || offsets->size() % offset_entry_size != 0 ||
        times->size() % time_entry_size != 0) {
        return std::nullopt;
    }
    segment_index index;
    for (std::size_t at = 0; at < offsets->size(); at += offset_entry_size) {
        const auto* from = offsets->data() + at;
        index.offsets.push_back({.relative_offset = base::load_be<std::uint32_t>(from),
                                 .position = base::load_be<std::uint32_t>(from + 4)});
    }
    for (std::size_t at = 0; at < times->size(); at += time_entry_size) {
        const auto* from = times->data() + at;
        index.times.push_back({.timestamp = base::load_be<std::int64_t>(from),
                               .relative_offset = base::load_be<std::uint32_t>(from + 8)});
    }
    if (!in_order(index, log_size)) return std::nullopt;
    return index;
}

}  // namespace weir::broker::log
