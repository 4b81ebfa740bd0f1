#include "broker/log/segment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/log.hpp"

namespace weir::broker::log {
namespace {

constexpr std::size_t offset_digits = 20;
constexpr std::size_t tail_batches = 256;
constexpr std::int32_t rebuild_interval = 4096;

}  // namespace

std::string offset_name(offset base) {
    return fmt::format("{:020}", base.value());
}

std::optional<offset> offset_in(std::string_view name, std::string_view extension) {
    if (name.size() != offset_digits + extension.size() || !name.ends_with(extension)) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto* end = name.data() + offset_digits;
    const auto [at, error] = std::from_chars(name.data(), end, value);
    if (error != std::errc{} || at != end || value < 0) return std::nullopt;
    return offset(value);
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
        const auto last =
            index_->times.empty() ? time_entry{.timestamp = -1} : index_->times.back();
        max_timestamp_ = last.timestamp;
        max_timestamp_at_ = last.relative_offset;
        if (times_fit()) return *index_;
        base::log_warn("{}: does not fit the log and is made again", path(".timeindex"));
    }
    rebuild_index();
    return *index_;
}

// Whether no batch from the last index entry on is newer than the time index says. Retention and
// searches by time skip a segment by its largest time, so a time index that was cut short matters.
bool segment::times_fit() {
    const auto opened = file();
    if (!opened) return true;  // nothing else can be read either
    const std::uint64_t from = index_->offsets.empty() ? 0 : index_->offsets.back().position;
    batch_walker walker(**opened, from, size_);
    while (const auto batch = walker.next()) {
        if (batch->header.max_timestamp() > max_timestamp_) return false;
    }
    return true;
}

void segment::begin_notes() {
    index_.emplace();
    index_saved_ = false;
    unindexed_ = 0;
    max_timestamp_ = first_timestamp_ = -1;
    tail_.clear();
}

void segment::rebuild_index() {
    begin_notes();
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
    if (batch.max_timestamp() > max_timestamp_) {
        max_timestamp_ = batch.max_timestamp();
        max_timestamp_at_ = relative(batch.last_offset());
    }
    if (due) {
        index_->offsets.push_back({.relative_offset = relative(batch.last_offset()),
                                   .position = static_cast<std::uint32_t>(position)});
        const bool newer = index_->times.empty() || index_->times.back().timestamp < max_timestamp_;
        if (newer) {
            index_->times.push_back(
                {.timestamp = max_timestamp_, .relative_offset = max_timestamp_at_});
        }
        unindexed_ = 0;
    }
    unindexed_ += batch.size();
    size_ = std::max(size_, position + batch.size());
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
    return {};
}

template <class Begin, class Hit>
io::disk_result<std::uint64_t> segment::search(Begin begin, Hit hit) {
    for (bool again = false;; again = true) {
        const search_start from = begin(index());
        const auto opened = file();
        if (!opened) return std::unexpected(opened.error());
        batch_walker walker(**opened, from.position, size_);
        bool misled = false;
        bool first = from.entry != nullptr;
        while (const auto batch = walker.next()) {
            misled = first && batch->header.base_offset() > base_ + from.entry->relative_offset;
            first = false;
            if (misled) break;
            if (hit(*batch)) return batch->position;
        }
        if (walker.failure()) return std::unexpected(*walker.failure());
        misled = misled || (first && walker.damage());
        if (!misled && !walker.damage()) return walker.position();
        if (!misled || again) {
            return std::unexpected(
                io::disk_error{.code = EBADMSG, .message = walker.damage_text()});
        }
        base::log_warn("{}: the index does not fit the log and is made again", path(".index"));
        rebuild_index();
    }
}

io::disk_result<std::uint64_t> segment::position_of(offset wanted) {
    if (wanted <= base_) return 0;
    const auto holds = [wanted](const walked_batch& batch) {
        return batch.header.last_offset() >= wanted;
    };
    // The tail holds the positions of the newest batches exactly.
    if (!tail_.empty() && wanted >= tail_.front().base) {
        const auto above = std::ranges::upper_bound(tail_, wanted, {}, &tail_batch::base);
        const auto at = std::prev(above);
        if (at->base == wanted) return at->position;
        return search([at](const segment_index&) { return search_start{.position = at->position}; },
                      holds);
    }
    const auto relative = static_cast<std::uint32_t>(
        std::min<std::int64_t>(wanted - base_, std::numeric_limits<std::uint32_t>::max()));
    // The entry names the last offset of its batch: the wanted one may be inside it.
    return search(
        [relative](const segment_index& known) {
            const auto* entry = known.floor_of_offset(relative);
            return search_start{.position = entry ? entry->position : 0, .entry = entry};
        },
        holds);
}

io::disk_result<std::optional<offset>> segment::offset_above(std::uint64_t position) {
    if (!tail_.empty() && position >= tail_.front().position) {
        const auto at = std::ranges::lower_bound(tail_, position, {}, &tail_batch::position);
        return at == tail_.end() ? std::nullopt : std::optional(at->base);
    }
    const auto& known = index().offsets;
    const auto at = std::ranges::lower_bound(
        known, position, {}, [](const offset_entry& each) { return std::uint64_t{each.position}; });
    if (at == known.end()) return std::nullopt;
    return base_ + std::int64_t{at->relative_offset};
}

io::disk_result<std::uint64_t> segment::boundary_at(std::uint64_t position, std::uint64_t floor) {
    if (position >= size_) return size_;
    if (!tail_.empty() && position >= tail_.front().position) {
        const auto above = std::ranges::upper_bound(tail_, position, {}, &tail_batch::position);
        return std::max(floor, std::prev(above)->position);
    }
    return search(
        [&](const segment_index& known) {
            const auto* entry = known.floor_of_position(static_cast<std::uint32_t>(position));
            if (!entry || entry->position <= floor) return search_start{.position = floor};
            return search_start{.position = entry->position, .entry = entry};
        },
        [position](const walked_batch& batch) { return batch.end() > position; });
}

io::disk_result<std::uint64_t> segment::search_from(std::int64_t timestamp) {
    for (bool again = false;; again = true) {
        const auto* time = index().floor_of_time(timestamp);
        if (!time) return 0;
        // The batch that the time entry names must not be newer than it says.
        const auto named = base_ + time->relative_offset;
        const auto newest = time->timestamp;
        bool fits = true;
        const auto position = search(
            [&](const segment_index& known) {
                const auto* entry =
                    known.floor_of_offset(static_cast<std::uint32_t>(named - base_));
                return search_start{.position = entry ? entry->position : 0, .entry = entry};
            },
            [&](const walked_batch& batch) {
                if (batch.header.last_offset() < named) return false;
                fits = batch.header.max_timestamp() <= newest;
                return true;
            });
        if (!position || (fits && *position < size_) || again) return position;
        base::log_warn("{}: does not fit the log and is made again", path(".timeindex"));
        rebuild_index();
    }
}

io::disk_result<segment_tail> segment::find_tail() {
    segment_tail tail{.end = base_};
    if (size_ == 0) return tail;
    offset last_end = base_;
    leader_epoch last_epoch = no_leader_epoch;
    const auto end = search(
        [](const segment_index& known) {
            const auto* entry = known.offsets.empty() ? nullptr : &known.offsets.back();
            return search_start{.position = entry ? entry->position : 0, .entry = entry};
        },
        [&](const walked_batch& batch) {
            last_end = batch.header.next_offset();
            last_epoch = batch.header.partition_leader_epoch();
            return false;
        });
    if (!end && end.error().code != EBADMSG) return std::unexpected(end.error());
    tail = {.end = last_end, .last_epoch = last_epoch, .whole = end.has_value()};
    return tail;
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
    if (max_timestamp_ >= 0 && !told) {
        known.times.push_back({.timestamp = max_timestamp_, .relative_offset = max_timestamp_at_});
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
