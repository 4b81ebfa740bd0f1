// Opening a log. After a clean stop the files are trusted. After a crash everything above the
// recovery point is scanned with checksums: a torn tail is cut, bytes behind a damaged batch are
// put aside in `<base>.log.<position>-cut` (they may hold records that were acknowledged: they are
// never served, never thrown away, and reported), indexes and the producers' state are made again.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/log.hpp"
#include "broker/log/partition_log.hpp"

namespace weir::broker::log {
namespace {

using protocol::batch_view;

constexpr std::size_t offset_digits = 20;
constexpr std::uint64_t snapshot_max = 64 * 1024 * 1024;

// The base offset in "00000000000000000042.log"; nothing for other names.
std::optional<offset> offset_in(const std::string& name, std::string_view extension) {
    if (name.size() != offset_digits + extension.size() || !name.ends_with(extension)) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto* end = name.data() + offset_digits;
    const auto [at, error] = std::from_chars(name.data(), end, value);
    if (error != std::errc{} || at != end || value < 0) return std::nullopt;
    return offset(value);
}

// Whether `rest`, the bytes from the first bad batch on, is what a crash leaves of unsynced writes:
// a batch cut short, one whose bytes did not all arrive at the very end, or zeros.
bool is_torn_tail(base::bytes_view rest) {
    const auto zero = [](std::byte each) { return each == std::byte{0}; };
    if (std::ranges::all_of(rest, zero)) return true;
    const auto batch = batch_view::parse(rest);
    if (!batch) return batch.error() == protocol::batch_errc::truncated;
    return std::ranges::all_of(rest.subspan(batch->size()), zero);
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
    auto entries = disk_.list(directory_);
    if (!entries) return std::unexpected(entries.error());
    for (const auto& entry : *entries) {
        const auto path = directory_ + "/" + entry.name;
        if (entry.name.ends_with(".deleted") || entry.name.ends_with(".tmp")) {
            if (auto removed = disk_.remove(path); !removed) return removed;
        }
        const auto base = offset_in(entry.name, ".log");
        if (!base) continue;
        const auto file = disk_.open(path, io::open_mode::read);
        if (!file) return std::unexpected(file.error());
        const auto size = (*file)->size();
        if (!size) return std::unexpected(size.error());
        segments_.push_back(std::make_unique<segment>(disk_, directory_, *base, *size));
    }
    const bool had_epochs = epochs_.load(disk_, directory_);
    const bool clean =
        options.clean && (had_epochs || segments_.empty() || segments_.back()->size() == 0);
    if (segments_.empty()) {
        segments_.push_back(std::make_unique<segment>(disk_, directory_, start_, 0));
    }
    for (std::size_t index = 0; index < segments_.size(); ++index) {
        const bool last = index + 1 == segments_.size();
        const bool above = last || segments_[index + 1]->base_offset() > options.recovery_point;
        if (!clean && above) {
            if (auto recovered = recover_segment(index); !recovered) return recovered;
        } else if (last) {
            end_ = segments_[index]->end_offset();
        }
    }
    start_ = std::clamp(start_, segments_.front()->base_offset(), end_);
    epochs_.truncate_from_end(end_);
    if (!clean && end_ > start_) (void)epochs_.save(disk_, directory_);
    restore_producers();
    flushed_ = flushing_ = end_;
    return {};
}

// Reads all batches of a segment with their checksums; what cannot be read ends the log there.
io::disk_result<void> partition_log::recover_segment(std::size_t index) {
    auto& current = *segments_[index];
    end_ = current.base_offset();
    if (current.size() == 0) return {};
    const auto file = current.file();
    if (!file) return std::unexpected(file.error());
    batch_walker walker(**file, 0, current.size());
    std::uint64_t good = 0;
    while (const auto batch = walker.next_verified()) {
        if (batch->header.base_offset() < end_) break;
        current.note(batch->header, batch->position, config_.index_interval_bytes);
        epochs_.assign(batch->header.partition_leader_epoch(), batch->header.base_offset());
        end_ = batch->header.next_offset();
        good = batch->end();
    }
    if (walker.unreadable()) {
        return std::unexpected(io::disk_error{
            .code = EIO, .message = "read " + current.path(".log") + ": input/output error"});
    }
    const bool last = index + 1 == segments_.size();
    if (good == current.size() && !last && segments_[index + 1]->base_offset() != end_) {
        // The end of this segment was lost whole batches at a time: what follows was not synced.
        return cut_segment(index, good, "records before the next segment are missing");
    }
    if (good == current.size()) return (*file)->sync();
    const auto reason = walker.damage() ? protocol::to_text(*walker.damage())
                                        : std::string_view("offsets go backwards");
    return cut_segment(index, good, reason);
}

// Ends the log at `from` of a segment. A torn tail (what a crash leaves of the last writes) is
// dropped; bytes behind a damaged middle, and later segments, are moved aside.
io::disk_result<void> partition_log::cut_segment(std::size_t index, std::uint64_t from,
                                                 std::string_view reason) {
    auto& damaged = *segments_[index];
    const auto path = damaged.path(".log");
    auto file = damaged.file();
    if (!file) return std::unexpected(file.error());
    base::bytes rest(damaged.size() - from);
    if (auto read = (*file)->read_at(from, rest); !read) return std::unexpected(read.error());
    const bool torn = is_torn_tail(rest) && index + 1 == segments_.size();
    base::log_warn("{}: {} bytes from position {} on are cut ({}): {}; the log ends at offset {}",
                   path, rest.size(), from, torn ? "torn tail" : "damaged middle", reason, end_);
    if (!torn && !rest.empty()) {
        const auto aside = fmt::format("{}.{}-cut", path, from);
        base::log_warn("{}: the cut bytes are kept in {}", path, aside);
        if (auto saved = io::replace_file(disk_, aside, rest); !saved) return saved;
    }
    if (auto cut = damaged.truncate(from); !cut) return cut;
    if (auto synced = (*file)->sync(); !synced) return synced;
    while (segments_.size() > index + 1) {
        const auto later = segments_.back()->path(".log");
        base::log_warn("{}: lies behind the damage and is kept as {}-cut", later, later);
        if (auto renamed = disk_.rename(later, later + "-cut"); !renamed) return renamed;
        segments_.pop_back();
    }
    return disk_.sync_directory(directory_);
}

// The newest snapshot at or below the end, and the batches from there on.
void partition_log::restore_producers() {
    std::optional<offset> newest;
    const auto entries = disk_.list(directory_);
    if (!entries) return;
    for (const auto& entry : *entries) {
        const auto at = offset_in(entry.name, ".snapshot");
        if (at && *at <= end_ && (!newest || *at > *newest)) newest = at;
    }
    for (const auto& entry : *entries) {
        const auto at = offset_in(entry.name, ".snapshot");
        const bool stale =
            at && newest && *at < *newest &&
            std::ranges::none_of(
                segments_, [&](const auto& each) { return each->base_offset() == *at; });
        if (stale) (void)disk_.remove(directory_ + "/" + entry.name);
    }
    offset from = start_;
    if (newest) {
        const auto path = directory_ + "/" + offset_name(*newest) + ".snapshot";
        const auto content = io::read_file(disk_, path, snapshot_max);
        if (content && producers_.restore(*content)) from = std::max(from, *newest);
    }
    for (auto& each : segments_) {
        const bool last = each == segments_.back();
        const auto next =
            last ? end_ : (*std::next(std::ranges::find(segments_, each)))->base_offset();
        if (next <= from || each->size() == 0) continue;
        const auto file = each->file();
        const auto position = each->position_of(from);
        if (!file || !position) return;
        batch_walker walker(**file, *position, each->size());
        while (const auto batch = walker.next())
            producers_.apply(batch->header);
    }
}

}  // namespace weir::broker::log
