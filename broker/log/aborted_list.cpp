#include "broker/log/aborted_list.hpp"

#include <algorithm>
#include <cerrno>

#include "base/endian.hpp"

namespace weir::broker::log {
namespace {

constexpr std::int16_t row_version = 0;
// i16 version, then four i64: producer, first, last, last stable.
constexpr std::size_t row_size = 34;
constexpr std::uint64_t file_max = 64 * 1024 * 1024;

aborted_transaction row_at(const std::byte* from) {
    return {.producer = producer_id(base::load_be<std::int64_t>(from + 2)),
            .first = offset(base::load_be<std::int64_t>(from + 10)),
            .last = offset(base::load_be<std::int64_t>(from + 18)),
            .last_stable = offset(base::load_be<std::int64_t>(from + 26))};
}

}  // namespace

std::vector<aborted_transaction> aborted_list::between(offset from, offset below) const {
    std::vector<aborted_transaction> found;
    auto at = std::ranges::lower_bound(rows_, from, {}, &aborted_transaction::last);
    for (; at != rows_.end(); ++at) {
        if (at->first < below) found.push_back(*at);
        // Whatever is aborted later began at or above this.
        if (at->last_stable >= below) break;
    }
    std::ranges::sort(found, {}, &aborted_transaction::first);
    return found;
}

void aborted_list::truncate_from_end(offset end) {
    while (!rows_.empty() && rows_.back().last >= end)
        rows_.pop_back();
}

void aborted_list::truncate_from_start(offset start) {
    while (!rows_.empty() && rows_.front().last < start)
        rows_.pop_front();
}

void aborted_list::erase(offset from, offset below) {
    std::erase_if(rows_, [&](const auto& row) { return row.last >= from && row.last < below; });
}

io::disk_result<bool> aborted_list::save(io::disk& disk, const std::string& path, offset base,
                                         offset next) const {
    base::bytes file;
    for (const auto& row : rows_) {
        if (row.last < base || row.last >= next) continue;
        const auto at = file.size();
        file.resize(at + row_size);
        auto* to = file.data() + at;
        base::store_be(to, row_version);
        base::store_be(to + 2, row.producer.value());
        base::store_be(to + 10, row.first.value());
        base::store_be(to + 18, row.last.value());
        base::store_be(to + 26, row.last_stable.value());
    }
    if (file.empty()) {
        const auto there = disk.exists(path);
        if (!there) return std::unexpected(there.error());
        if (!*there) return false;
        if (auto removed = disk.remove(path); !removed) return std::unexpected(removed.error());
        return false;
    }
    if (auto saved = io::overwrite_file(disk, path, file); !saved) {
        return std::unexpected(saved.error());
    }
    return true;
}

io::disk_result<bool> aborted_list::load(io::disk& disk, const std::string& path, offset base,
                                         offset next) {
    const auto file = io::read_file(disk, path, file_max);
    if (!file) {
        if (file.error().code == ENOENT) return true;
        return std::unexpected(file.error());
    }
    if (file->size() % row_size != 0) return false;
    auto above = std::max(base, rows_.empty() ? base : rows_.back().last + 1);
    for (std::size_t at = 0; at < file->size(); at += row_size) {
        const auto* from = file->data() + at;
        const auto row = row_at(from);
        const bool in_order = row.last >= above && row.last < next && row.first < row.last;
        const bool in_range = row.producer > no_producer_id && row.first >= offset(0) &&
                              row.last_stable >= offset(0) && row.last_stable <= row.last + 1;
        const bool good = base::load_be<std::int16_t>(from) == row_version && in_order && in_range;
        if (!good) return false;
        rows_.push_back(row);
        above = row.last + 1;
    }
    return true;
}

}  // namespace weir::broker::log
