#include "broker/log/segment.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::broker::log {
namespace {

constexpr std::size_t tail_batches = 256;
constexpr std::int32_t rebuild_interval = 4096;

}  // namespace

std::string offset_name(offset base) {
    return fmt::format("{:020}", base.value());
}

segment::segment(io::disk& disk, const std::string& directory, offset base, std::uint64_t size)
    : disk_(disk), stem_(directory + "/" + offset_name(base)), base_(base), size_(size) {
    if (size == 0) index_.emplace();
}

io::disk_result<std::shared_ptr<io::file>> segment::file() {
    used_ = true;
    if (!file_) {
        auto opened = disk_.open(path(".log"), io::open_mode::create);
        if (!opened) return opened;
        file_ = std::move(*opened);
    }
    return file_;
}

segment_index& segment::index() {
    used_ = true;
    if (index_) return *index_;
    index_ = load_index(disk_, stem_, size_);
    if (index_) {
        index_saved_ = true;
        max_timestamp_ = index_->times.empty() ? -1 : index_->times.back().timestamp;
    } else {
        rebuild_index();
    }
    return *index_;
}

void segment::rebuild_index() {
    index_.emplace();
    index_saved_ = false;
    unindexed_ = 0;
    max_timestamp_ = first_timestamp_ = -1;
    tail_.clear();
    const auto opened = file();
    if (!opened) return;
    batch_walker walker(**opened, 0, size_);
    while (const auto batch = walker.next())
        note(batch->header, batch->position, rebuild_interval);
}

void segment::note(const protocol::batch_view& batch, std::uint64_t position,
                   std::int32_t interval) {
    if (!index_) index_.emplace();
    const auto relative = [this](offset of) { return static_cast<std::uint32_t>(of - base_); };
    const bool due = unindexed_ > static_cast<std::uint64_t>(interval);
    if (first_timestamp_ < 0) first_timestamp_ = batch.max_timestamp();
    max_timestamp_ = std::max(max_timestamp_, batch.max_timestamp());
    if (due) {
        index_->offsets.push_back({.relative_offset = relative(batch.last_offset()),
                                   .position = static_cast<std::uint32_t>(position)});
        const bool newer = index_->times.empty() || index_->times.back().timestamp < max_timestamp_;
        if (newer) {
            index_->times.push_back(
                {.timestamp = max_timestamp_, .relative_offset = relative(batch.last_offset())});
        }
        unindexed_ = 0;
    }
    unindexed_ += batch.size();
    tail_.push_back({.base = batch.base_offset(), .position = position});
    if (tail_.size() > tail_batches) tail_.pop_front();
}

io::disk_result<void> segment::append(const protocol::batch_view& batch, std::int32_t interval) {
    auto opened = file();
    if (!opened) return std::unexpected(opened.error());
    const base::bytes_view pieces[] = {batch.bytes()};
    if (auto written = (*opened)->write_at(size_, pieces); !written) return written;
    index();
    index_saved_ = false;
    note(batch, size_, interval);
    size_ += batch.size();
    return {};
}

std::expected<std::uint64_t, io::disk_error> segment::position_of(offset wanted) {
    if (wanted <= base_) return 0;
    // The tail holds the positions of the newest batches exactly.
    if (!tail_.empty() && wanted >= tail_.front().base) {
        const auto above = std::ranges::upper_bound(tail_, wanted, {}, &tail_batch::base);
        const auto at = std::prev(above);
        const auto opened = file();
        if (!opened) return std::unexpected(opened.error());
        batch_walker walker(**opened, at->position, size_);
        if (at->base == wanted) return at->position;
        const auto batch = walker.next();
        if (!batch || batch->header.last_offset() >= wanted) return at->position;
        return batch->end();
    }
    const auto from = index().floor_of_offset(static_cast<std::uint32_t>(
        std::min<std::int64_t>(wanted - base_, std::numeric_limits<std::uint32_t>::max())));
    const auto opened = file();
    if (!opened) return std::unexpected(opened.error());
    // The entry names the last offset of its batch: the wanted one may be inside it.
    batch_walker walker(**opened, from, size_);
    while (const auto batch = walker.next()) {
        if (batch->header.last_offset() >= wanted) return batch->position;
    }
    return walker.position();
}

std::expected<std::uint64_t, io::disk_error> segment::boundary_at(std::uint64_t position,
                                                                  std::uint64_t floor) {
    if (position >= size_) return size_;
    std::uint64_t from = floor;
    if (!tail_.empty() && position >= tail_.front().position) {
        const auto above = std::ranges::upper_bound(tail_, position, {}, &tail_batch::position);
        return std::max(floor, std::prev(above)->position);
    }
    from = std::max<std::uint64_t>(from,
                                   index().floor_of_position(static_cast<std::uint32_t>(position)));
    const auto opened = file();
    if (!opened) return std::unexpected(opened.error());
    batch_walker walker(**opened, from, size_);
    while (const auto batch = walker.next()) {
        if (batch->end() > position) return batch->position;
    }
    return walker.position();
}

std::uint64_t segment::search_from(std::int64_t timestamp) {
    const auto& known = index();
    return known.floor_of_offset(known.floor_of_time(timestamp));
}

offset segment::end_offset() {
    offset end = base_;
    if (size_ == 0) return end;
    const auto from = index().offsets.empty() ? 0 : index().offsets.back().position;
    const auto opened = file();
    if (!opened) return end;
    batch_walker walker(**opened, from, size_);
    while (const auto batch = walker.next())
        end = batch->header.next_offset();
    return end;
}

std::int64_t segment::max_timestamp() {
    index();
    return max_timestamp_;
}

std::int64_t segment::first_timestamp() {
    if (first_timestamp_ >= 0 || size_ == 0) return first_timestamp_;
    const auto opened = file();
    if (!opened) return -1;
    batch_walker walker(**opened, 0, size_);
    if (const auto batch = walker.next()) first_timestamp_ = batch->header.max_timestamp();
    return first_timestamp_;
}

bool segment::index_is_full(std::int64_t index_bytes) const {
    constexpr std::int64_t entry_size = 8;
    return index_ &&
           static_cast<std::int64_t>(index_->offsets.size() + 1) * entry_size > index_bytes;
}

io::disk_result<void> segment::seal() {
    auto& known = index();
    if (index_saved_) return {};
    // The last entry of the time index is the segment's largest timestamp (retention reads it).
    const bool told = !known.times.empty() && known.times.back().timestamp >= max_timestamp_;
    if (max_timestamp_ >= 0 && !told && !tail_.empty()) {
        const auto last = static_cast<std::uint32_t>(tail_.back().base - base_);
        known.times.push_back({.timestamp = max_timestamp_, .relative_offset = last});
    }
    auto saved = save_index(disk_, stem_, known);
    index_saved_ = saved.has_value();
    return saved;
}

void segment::release() {
    if (!used_) {
        file_.reset();
        if (index_saved_) {
            index_.reset();
            tail_.clear();
        }
    }
    used_ = false;
}

io::disk_result<void> segment::truncate(std::uint64_t size) {
    auto opened = file();
    if (!opened) return std::unexpected(opened.error());
    if (auto cut = (*opened)->truncate(size); !cut) return cut;
    size_ = size;
    rebuild_index();
    return {};
}

}  // namespace weir::broker::log
