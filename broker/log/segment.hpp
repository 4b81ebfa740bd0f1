// segment: one `<base offset>.log` file and its indexes. Owned by its log's shard.
// The file is opened when it is needed and given back by release(), so that ten thousand idle
// partitions hold no descriptors.
//
// Kafka's index files have no checksum. So an entry is believed when the batch at its position fits
// it; else the index is made again from the log.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/io/disk.hpp"
#include "broker/log/batch_walker.hpp"
#include "broker/log/index_file.hpp"
#include "broker/protocol/record_batch.hpp"

namespace weir::broker::log {

// "00000000000000000042"
std::string offset_name(offset base);

// All files of a segment; the snapshot is of the producers' state at its base.
inline constexpr const char* segment_files[] = {".log", ".index", ".timeindex", ".txnindex",
                                                ".snapshot"};

// The base offset in the name of a segment's file ("00000000000000000042.log") with this extension;
// nothing for other names.
std::optional<offset> offset_in(std::string_view name, std::string_view extension);

// The end of a segment as its file has it.
struct segment_tail {
    offset end;  // one above the last offset; the base of an empty segment
    leader_epoch last_epoch = no_leader_epoch;
    bool whole = true;  // the batches reach to the end of the file
};

class segment {
  public:
    // A segment whose log file has `size` good bytes; its index is loaded when first needed.
    segment(io::disk& disk, const std::string& directory, offset base, std::uint64_t size);

    offset base_offset() const { return base_; }
    std::uint64_t size() const { return size_; }
    std::string path(const char* extension) const { return stem_ + extension; }
    io::disk_result<std::shared_ptr<io::file>> file();

    // Appends the batch, whose offsets are set. `interval`: bytes between two index entries.
    io::disk_result<void> append(const protocol::batch_view& batch, std::int32_t interval);
    // Takes note of a batch that is in the file already (recovery, cleaning).
    void note(const protocol::batch_view& batch, std::uint64_t position, std::int32_t interval);

    // The position of the batch that holds `wanted`, or of the next one after a hole; size() when
    // there is none. These fail with EBADMSG when a batch on the way is damaged.
    io::disk_result<std::uint64_t> position_of(offset wanted);
    // An offset at or above that of every batch below `position`, from the index: nothing when the
    // index does not reach so far.
    io::disk_result<std::optional<offset>> offset_above(std::uint64_t position);
    // The largest batch boundary at or below `position`, not below `floor`, which is one.
    io::disk_result<std::uint64_t> boundary_at(std::uint64_t position, std::uint64_t floor);
    // A batch boundary from which no earlier batch has a record with a time of `timestamp` or
    // later.
    io::disk_result<std::uint64_t> search_from(std::int64_t timestamp);

    io::disk_result<segment_tail> find_tail();
    // Forgets the index: what follows are notes of all batches (recovery).
    void begin_notes();
    std::int64_t max_timestamp();
    std::int64_t first_timestamp();
    bool index_is_full(std::int64_t index_bytes) const;

    // No more appends: writes the index files.
    io::disk_result<void> seal();
    // Closes the file when nobody used it since the last call, and forgets what can be read again.
    void release();
    io::disk_result<void> truncate(std::uint64_t size);

  private:
    struct tail_batch {
        offset base;
        std::uint64_t position = 0;
    };
    struct search_start {
        std::uint64_t position = 0;
        const offset_entry* entry = nullptr;  // that led there
    };

    // Loads the index, from its files or from the log.
    segment_index& index();
    void rebuild_index();
    bool times_fit();
    // The position of the first batch for which hit(batch) holds, walking from where
    // begin(index) says; size() when there is none.
    template <class Begin, class Hit>
    io::disk_result<std::uint64_t> search(Begin begin, Hit hit);

    io::disk& disk_;
    std::string stem_;
    offset base_;
    std::uint64_t size_;
    std::shared_ptr<io::file> file_;
    std::optional<segment_index> index_;
    bool index_saved_ = false;
    bool used_ = false;
    std::uint64_t unindexed_ = 0;  // bytes since the last index entry
    std::int64_t max_timestamp_ = -1;
    std::uint32_t max_timestamp_at_ = 0;  // relative: the last offset of the batch that has it
    std::int64_t first_timestamp_ = -1;
    std::deque<tail_batch> tail_;  // the newest batches: consumers at the end need no disk
};

}  // namespace weir::broker::log
