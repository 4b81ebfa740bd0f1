// Opening a log. After a clean stop the files are trusted. After a crash everything above the
// recovery point is scanned with checksums: a torn tail is cut, bytes behind a damaged batch are
// put aside in `<base>.log.<position>-cut` (they may hold records that were acknowledged: they are
// never served, never thrown away, and reported), indexes and the producers' state are made again.
//
// What lies above the recovery point is read from the disk, not from memory: after a sync that
// failed, memory may hold pages that are not on the disk and that the kernel takes for clean.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <ranges>

#include "base/log.hpp"
#include "broker/log/cleaning/unfinished_swaps.hpp"
#include "broker/log/control_marker.hpp"
#include "broker/log/partition_log.hpp"
#include "broker/log/salvage.hpp"

namespace weir::broker::log {
namespace {

constexpr std::uint64_t snapshot_max = 64 * 1024 * 1024;
constexpr std::size_t marker_batch_max = 4096;

// The marker in a control batch whose header was walked over; nothing when it is no marker.
io::disk_result<std::optional<control_marker>> read_marker(const io::file& from,
                                                           const walked_batch& batch) {
    if (batch.header.size() > marker_batch_max) return std::nullopt;
    base::bytes whole(batch.header.size());
    const auto read = from.read_at(batch.position, whole);
    if (!read) return std::unexpected(read.error());
    const auto view = protocol::batch_view::parse(base::bytes_view(whole).first(*read));
    if (!view || !view->crc_matches()) return std::nullopt;
    return marker_in(*view);
}

}  // namespace

io::disk_result<std::unique_ptr<partition_log>> partition_log::open(io::disk& disk,
                                                                    batch_memory& memory,
                                                                    open_options options) {
    if (auto made = disk.make_directory(options.directory); !made) {
        return std::unexpected(made.error());
    }
    auto opened = std::unique_ptr<partition_log>(new partition_log(disk, memory, options));
    if (auto recovered = opened->recover(options); !recovered) {
        return std::unexpected(recovered.error());
    }
    return opened;
}

io::disk_result<void> partition_log::recover(const open_options& options) {
    if (auto found = find_segments(); !found) return found;
    const bool was_empty = segments_.empty();
    if (was_empty) segments_.push_back(std::make_unique<segment>(disk_, directory_, start_, 0));
    bool trusted = false;
    if (options.clean) {
        const auto looked = trust_files();
        if (!looked) return std::unexpected(looked.error());
        trusted = *looked;
    }
    if (!trusted) {
        if (auto scanned = scan(options); !scanned) return scanned;
    }
    start_ = std::clamp(start_, segments_.front()->base_offset(), end_);
    epochs_.truncate_from_end(end_);
    if (!trusted && end_ > start_) (void)epochs_.save(disk_, directory_);
    flushed_ = flushing_ = end_;
    if (was_empty && options.first_epoch != no_leader_epoch) {
        if (auto made = make_files(options.first_epoch); !made) return made;
    }
    // After a crash what is beside the log is only believed where it was synced with it.
    return restore_producers(trusted ? end_ : options.recovery_point);
}

io::disk_result<void> partition_log::make_files(leader_epoch epoch) {
    const auto made = disk_.open(active().path(".log"), io::open_mode::create);
    if (!made) return std::unexpected(made.error());
    epochs_.assign(epoch, end_);
    return epochs_.save(disk_, directory_);
}

io::disk_result<void> partition_log::find_segments() {
    auto entries = disk_.list(directory_);
    if (!entries) return std::unexpected(entries.error());
    const auto changed = cleaning::finish_swaps(disk_, directory_, *entries);
    if (!changed) return std::unexpected(changed.error());
    if (*changed) entries = disk_.list(directory_);
    if (!entries) return std::unexpected(entries.error());
    for (const auto& entry : *entries) {
        const auto path = directory_ + "/" + entry.name;
        if (entry.name.ends_with(".deleted") || entry.name.ends_with(".tmp")) {
            if (auto removed = disk_.remove(path); !removed) {
                base::log_warn("{}", removed.error().message);
            }
        }
        const auto base = offset_in(entry.name, ".log");
        if (!base) continue;
        const auto file = disk_.open(path, io::open_mode::read);
        if (!file) return std::unexpected(file.error());
        const auto size = (*file)->size();
        if (!size) return std::unexpected(size.error());
        segments_.push_back(std::make_unique<segment>(disk_, directory_, *base, *size));
    }
    return {};
}

// After a clean stop: whether the end of the log is as it was left. If not, it has to be scanned.
io::disk_result<bool> partition_log::trust_files() {
    const auto tail = segments_.back()->find_tail();
    if (!tail) return std::unexpected(tail.error());
    const bool has_epochs = epochs_.load(disk_, directory_) || tail->last_epoch == no_leader_epoch;
    const bool epochs_fit =
        tail->last_epoch == no_leader_epoch || epochs_.latest() == tail->last_epoch;
    if (tail->whole && has_epochs && epochs_fit) {
        end_ = tail->end;
        return true;
    }
    base::log_warn(
        "{} was stopped cleanly, but {}: it is scanned", directory_,
        tail->whole ? "leader-epoch-checkpoint is missing or damaged" : "its end is damaged");
    return false;
}

io::disk_result<void> partition_log::scan(const open_options& options) {
    (void)epochs_.load(disk_, directory_);
    auto found = scan_above(options.recovery_point);
    if (found && end_ < options.recovery_point && found->first > 0) {
        base::log_warn(
            "{}: the log ends at offset {}, below the recovery point {}: all of it is scanned",
            directory_, end_, options.recovery_point);
        found = scan_above(offset(0));
    }
    if (!found) return std::unexpected(found.error());
    if (found->damage) {
        if (auto done = carry_out(*found->damage, options); !done) return done;
    }
    const bool ends_fit =
        found->last_epoch == no_leader_epoch || epochs_.latest() == found->last_epoch;
    if (!found->epochs_fit || !ends_fit) {
        base::log_info("{}: the leader epochs are read from the log", directory_);
        if (auto read = read_epochs(); !read) return read;
    }
    if (end_ >= options.recovery_point) return {};
    const auto message = fmt::format(
        "{}: the log ends at offset {}, but everything below {} was synced (recovery-point-offset-"
        "checkpoint): records are missing",
        directory_, end_, options.recovery_point);
    if (options.refuse_damage) {
        return std::unexpected(io::disk_error{.code = EBADMSG, .message = message});
    }
    base::log_error("{}", message);
    return {};
}

// All segments that reach above the recovery point, up to the first damage.
io::disk_result<partition_log::scan_outcome> partition_log::scan_above(offset recovery_point) {
    scan_outcome found;
    while (found.first + 1 < segments_.size() &&
           segments_[found.first + 1]->base_offset() <= recovery_point) {
        ++found.first;
    }
    epochs_.truncate_from_end(segments_[found.first]->base_offset());
    if (found.first > 0) {
        const auto before = segments_[found.first - 1]->find_tail();
        if (!before) return std::unexpected(before.error());
        found.epochs_fit = before->last_epoch == epochs_.latest();
    }
    for (auto index = found.first; index < segments_.size() && !found.damage; ++index) {
        if (auto scanned = scan_segment(index, recovery_point, found); !scanned) {
            return std::unexpected(scanned.error());
        }
    }
    return found;
}

// The leader epochs as the headers of all batches have them.
io::disk_result<void> partition_log::read_epochs() {
    epochs_.clear();
    for (const auto& each : segments_) {
        const auto file = each->file();
        if (!file) return std::unexpected(file.error());
        batch_walker walker(**file, 0, each->size());
        while (const auto batch = walker.next())
            epochs_.assign(batch->header.partition_leader_epoch(), batch->header.base_offset());
        if (walker.failure()) return std::unexpected(*walker.failure());
    }
    return {};
}

bool partition_log::has_records_after(std::size_t index) const {
    return std::ranges::any_of(segments_.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                               segments_.end(), [](const auto& each) { return each->size() > 0; });
}

// Reads all batches of a segment with their checksums. Damage is the place where the log must end
// since what follows cannot be served.
io::disk_result<void> partition_log::scan_segment(std::size_t index, offset recovery_point,
                                                  scan_outcome& into) {
    auto& current = *segments_[index];
    end_ = current.base_offset();
    current.begin_notes();
    if (current.size() == 0) return {};
    const auto file = current.file();
    if (!file) return std::unexpected(file.error());
    if (auto synced = (*file)->sync(); !synced) return std::unexpected(synced.error());
    std::optional<batch_walker> walker(std::in_place, **file, 0, current.size());
    std::uint64_t good = 0;
    bool in_memory = true;
    std::string reason;
    for (;;) {
        if (in_memory && end_ >= recovery_point) {
            in_memory = false;
            (*file)->drop_cached(good);
            walker.emplace(**file, good, current.size());
        }
        const auto batch = walker->next_verified();
        if (!batch) break;
        const auto base = batch->header.base_offset();
        if (base < end_) reason = "offsets go backwards";
        // Base offsets are outside of the checksum; only compaction leaves holes.
        if (base > end_ && !config_.compacted && !first_dirty_) reason = "offsets are missing";
        if (!reason.empty()) break;
        current.note(batch->header, batch->position, config_.index_interval_bytes);
        into.last_epoch = batch->header.partition_leader_epoch();
        epochs_.assign(into.last_epoch, base);
        end_ = batch->header.next_offset();
        good = batch->end();
    }
    if (walker->failure()) return std::unexpected(*walker->failure());
    if (walker->damage()) reason = protocol::to_text(*walker->damage());
    const bool last = index + 1 == segments_.size();
    const bool joins = last || segments_[index + 1]->base_offset() == end_;
    // The end of this segment was lost whole batches at a time: what follows was not synced.
    if (reason.empty() && !joins) reason = "records before the next segment are missing";
    if (!reason.empty()) {
        into.damage = {.segment = index, .from = good, .reason = std::move(reason)};
    } else if (!last) {
        // Its index files may be of before the crash.
        if (auto sealed = current.seal(); !sealed) base::log_warn("{}", sealed.error().message);
    }
    return {};
}

// Ends the log there. What a crash leaves of the last, unsynced writes is dropped; bytes behind a
// damaged middle, and later segments, are moved aside.
io::disk_result<void> partition_log::carry_out(const cut& where, const open_options& options) {
    auto& damaged = *segments_[where.segment];
    const auto path = damaged.path(".log");
    const auto size = damaged.size();
    auto file = damaged.file();
    if (!file) return std::unexpected(file.error());
    bool torn = end_ >= options.recovery_point && !has_records_after(where.segment);
    if (torn) {
        const auto whole = has_whole_batch(**file, where.from, size, end_);
        if (!whole) return std::unexpected(whole.error());
        torn = !*whole;
    }
    const auto message = fmt::format(
        "{}: {} bytes from position {} on are cut ({}): {}; the log ends at offset {}", path,
        size - where.from, where.from, torn ? "torn tail" : "damaged middle", where.reason, end_);
    if (options.refuse_damage && !torn && end_ < options.recovery_point) {
        return std::unexpected(io::disk_error{
            .code = EBADMSG,
            .message = fmt::format("{}: damaged at position {}, offset {}, which was synced: {}",
                                   path, where.from, end_, where.reason)});
    }
    base::log_warn("{}", message);
    if (!torn && size > where.from) {
        const auto aside = fmt::format("{}.{}-cut", path, where.from);
        base::log_warn("{}: the cut bytes are kept in {}", path, aside);
        if (auto saved = copy_aside(disk_, **file, where.from, size, aside); !saved) return saved;
    }
    if (size > where.from) {
        if (auto cut = damaged.truncate(where.from); !cut) return cut;
        if (auto synced = (*file)->sync(); !synced) return synced;
    }
    return drop_later_segments(where.segment, torn);
}

io::disk_result<void> partition_log::drop_later_segments(std::size_t index, bool torn) {
    while (segments_.size() > index + 1) {
        const auto later = segments_.back()->path(".log");
        if (segments_.back()->size() == 0 && torn) {
            if (auto removed = disk_.remove(later); !removed) return removed;
        } else {
            base::log_warn("{}: lies behind the damage and is kept as {}-cut", later, later);
            if (auto renamed = disk_.rename(later, later + "-cut"); !renamed) return renamed;
        }
        segments_.pop_back();
    }
    return disk_.sync_directory(directory_);
}

// Restores the newest snapshot up to `synced` that is good, and gives its offset; no_offset when
// there is none.
// Snapshots above the end are of records that are no more, old ones of no use: both are removed.
io::disk_result<offset> partition_log::load_snapshot(
    const std::vector<io::directory_entry>& entries, offset synced) {
    std::vector<offset> snapshots;
    for (const auto& entry : entries) {
        if (const auto at = offset_in(entry.name, ".snapshot")) snapshots.push_back(*at);
    }
    offset restored = no_offset;
    for (const auto at : std::views::reverse(snapshots)) {
        const auto path = directory_ + "/" + offset_name(at) + ".snapshot";
        const bool of_segment = std::ranges::any_of(
            segments_, [at](const auto& each) { return each->base_offset() == at; });
        if (at > end_ || (restored != no_offset && !of_segment)) {
            (void)disk_.remove(path);
            continue;
        }
        if (restored != no_offset || at > synced) continue;
        const auto content = io::read_file(disk_, path, snapshot_max);
        if (content && producers_.restore(*content)) {
            restored = at;
        } else {
            base::log_warn("{}: damaged: the producers' state is read from the log", path);
        }
    }
    return restored;
}

// One above the last offset that a segment may hold.
offset partition_log::end_of_segment(std::size_t index) const {
    return index + 1 == segments_.size() ? end_ : segments_[index + 1]->base_offset();
}

// The aborted transactions of all segments; false when a file is damaged.
io::disk_result<bool> partition_log::load_aborted(const std::vector<io::directory_entry>& entries) {
    for (const auto& entry : entries) {
        const auto base = offset_in(entry.name, ".txnindex");
        const auto of = std::ranges::find_if(
            segments_, [&](const auto& each) { return each->base_offset() == base; });
        if (!base || of == segments_.end()) continue;
        const auto path = (*of)->path(".txnindex");
        const auto next = end_of_segment(static_cast<std::size_t>(of - segments_.begin()));
        const auto good = aborted_.load(disk_, path, *base, next);
        if (!good) return std::unexpected(good.error());
        if (*good) continue;
        base::log_warn("{}: damaged: the transactions are read from the log", path);
        return false;
    }
    return true;
}

// The newest snapshot that can be believed, and the batches from there on: who produces, which
// transactions are open and which were aborted. What had to be read again of sealed segments is
// stored for the next start, which may believe it.
io::disk_result<void> partition_log::restore_producers(offset synced) {
    const auto entries = disk_.list(directory_);
    if (!entries) return std::unexpected(entries.error());
    const auto whole = load_aborted(*entries);
    if (!whole) return std::unexpected(whole.error());
    const auto restored = load_snapshot(*entries, *whole ? synced : no_offset);
    if (!restored) return std::unexpected(restored.error());
    const auto from = std::max(start_, *restored);
    aborted_.truncate_from_end(from);
    for (std::size_t index = 0; index < segments_.size(); ++index) {
        auto& each = *segments_[index];
        if (end_of_segment(index) <= from || each.size() == 0) continue;
        if (auto replayed = replay_producers(each, from); !replayed) return replayed;
        if (index + 1 == segments_.size()) break;
        const auto stored = save_aborted(index);
        if (!stored) return std::unexpected(stored.error());
        if (!*stored) continue;
        if (auto done = (*stored)->sync(); !done) return done;
    }
    unsettled_.clear();
    return {};
}

io::disk_result<void> partition_log::replay_producers(segment& in, offset from) {
    const auto file = in.file();
    if (!file) return std::unexpected(file.error());
    const auto position = in.position_of(from);
    if (!position && position.error().code != EBADMSG) return std::unexpected(position.error());
    batch_walker walker(**file, position.value_or(in.size()), in.size());
    while (const auto batch = walker.next()) {
        std::optional<control_marker> marker;
        if (batch->header.is_control()) {
            auto read = read_marker(**file, *batch);
            if (!read) return std::unexpected(read.error());
            marker = *read;
        }
        note(batch->header, marker);
    }
    if (walker.failure()) return std::unexpected(*walker.failure());
    if (!position) base::log_warn("{}", position.error().message);
    if (walker.damage()) base::log_warn("{}", walker.damage_text());
    return {};
}

}  // namespace weir::broker::log
