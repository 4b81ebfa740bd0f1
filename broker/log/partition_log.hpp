// partition_log: the log of one partition: segments in a directory `<topic>-<partition>`, in
// Kafka's own files (FORMAT.md). Owned by one shard; every call runs there. A batch is written
// once, from the buffer it came in; it is read as a slice of a file.
//
// When a write or a sync fails the log goes offline: every later call answers KAFKA_STORAGE_ERROR,
// and nothing is tried again on the same file, since the kernel may have dropped the dirty pages.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/io/disk.hpp"
#include "broker/log/aborted_list.hpp"
#include "broker/log/cleaning/cleaning_plan.hpp"
#include "broker/log/leader_epochs.hpp"
#include "broker/log/log_config.hpp"
#include "broker/log/producer_state.hpp"
#include "broker/log/segment.hpp"
#include "broker/log/validator.hpp"
#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::log {

namespace cleaning {
struct cleaned_group;
}

struct append_context {
    leader_epoch epoch;
    std::int64_t wall_ms = 0;
    append_origin origin = append_origin::client;
    std::int16_t produce_version = 13;
    bool transactional = false;  // the request has a transactional id
};

// A marker to append: the end of a transaction on this partition.
struct marker_wish {
    broker::producer_id producer;
    broker::producer_epoch epoch;
    control_marker marker;
    // The epoch is above that of all records of the transaction (KIP-890).
    bool above_epoch = false;
};

struct appended {
    offset base_offset;
    offset last_offset;
    std::int64_t log_append_time = -1;
    bool duplicate = false;  // the batch was there already (idempotent producer)
};

// Bytes of one file: whole batches.
struct log_slice {
    std::shared_ptr<const io::file> from;
    std::uint64_t position = 0;
    std::uint32_t length = 0;
};

struct time_answer {
    offset at = no_offset;  // none found
    std::int64_t timestamp = -1;
    leader_epoch epoch = no_leader_epoch;
};

// What must be synced so that everything below `up_to` survives a crash.
struct flush_work {
    std::vector<std::shared_ptr<io::file>> files;
    std::vector<std::string> directories;
    offset up_to;
    bool empty() const { return files.empty(); }
};

struct open_options {
    std::string directory;  // relative to the disk's root: "orders-0"
    log_config config;
    offset recovery_point{0};           // below it everything was synced
    offset start_offset{0};             // from the log-start-offset checkpoint
    std::optional<offset> first_dirty;  // from the cleaner-offset-checkpoint
    bool clean = false;                 // the last shutdown wrote everything
    // What was synced must be there: damage below the recovery point fails the opening (metadata).
    bool refuse_damage = false;
    // The epoch in which a new log's first records come, when this node leads: all files that they
    // need are made with the log, and not by whoever appends first.
    leader_epoch first_epoch = no_leader_epoch;
};

class partition_log {
  public:
    // Opens or makes the log. Cuts a torn tail, and puts bytes aside that cannot be served.
    // `memory` is shared by the logs of a shard.
    static io::disk_result<std::unique_ptr<partition_log>> open(io::disk& disk,
                                                                batch_memory& memory,
                                                                open_options options);
    // A log that could not be opened: offline from the start, it keeps its place and what the
    // checkpoints say of it.
    static std::unique_ptr<partition_log> offline(io::disk& disk, batch_memory& memory,
                                                  open_options options, io::disk_error reason);

    // Validates, assigns offsets, writes. `batch` is changed in place.
    std::expected<appended, append_error> append_as_leader(base::mutable_bytes batch,
                                                           const append_context& context);
    // Ends a producer's transaction here. TRANSACTION_COORDINATOR_FENCED, INVALID_PRODUCER_EPOCH as
    // producer_state::check_marker.
    std::expected<appended, append_error> append_marker(const marker_wish& wish,
                                                        const append_context& context);
    // A slice of whole batches from the one that holds `from`, below `bound` (exclusive), of at
    // most `max_bytes`; one batch even if it is larger when `at_least_one`. Length 0: nothing
    // there.
    std::expected<log_slice, error_code> read(offset from, std::uint32_t max_bytes, offset bound,
                                              bool at_least_one);
    // The first record with a time of at least `timestamp`, below `bound`.
    std::expected<time_answer, error_code> offset_for_time(std::int64_t timestamp, offset bound);
    // The record with the largest time (ListOffsets -3), below `bound`.
    std::expected<time_answer, error_code> offset_of_max_time(offset bound);

    // The last stable offset: below it, and below `high_watermark`, every transaction is decided,
    // and the markers of those that begin below it are committed. The watermark never goes back.
    offset last_stable_offset(offset high_watermark);
    // Aborted transactions with records in a slice that read() gave for `from` (perhaps some more
    // that lie behind it), below `bound`.
    std::expected<std::vector<aborted_transaction>, error_code> aborted_in(const log_slice& slice,
                                                                           offset from,
                                                                           offset bound);
    const producer_state& producers() const { return producers_; }

    offset start_offset() const { return start_; }
    offset end_offset() const { return end_; }
    offset flushed_offset() const { return flushed_; }
    const leader_epochs& epochs() const { return epochs_; }
    std::uint64_t size_bytes() const;
    std::size_t segment_count() const { return segments_.size(); }
    const std::string& directory() const { return directory_; }

    // Moves the start (DeleteRecords); OFFSET_OUT_OF_RANGE above `high_watermark`.
    error_code delete_records(offset before, offset high_watermark);
    // Retention by time and size, expiry of producers, rolling of an old active segment, removal of
    // files whose delay is over. Call it now and then. True when the start moved.
    bool housekeep(std::int64_t wall_ms, offset high_watermark);

    // Compaction (cleaning/README.md). What a cleaner could do now.
    cleaning::cleaning_need cleaning_need(std::int64_t wall_ms, offset high_watermark);
    // For a need that is not nothing.
    cleaning::cleaning_plan plan_cleaning(std::int64_t wall_ms, offset high_watermark);
    // Puts a group where the segments are that it was made of; false, and its file is removed, when
    // they are not there any more.
    io::disk_result<bool> take_cleaned(cleaning::cleaned_group group, std::int64_t wall_ms);
    // Everything below `up_to` was cleaned.
    void cleaned(offset up_to) { first_dirty_ = up_to; }
    // Nothing: it never was.
    const std::optional<offset>& first_dirty() const { return first_dirty_; }

    void set_config(const log_config& config) { config_ = config; }
    const log_config& config() const { return config_; }

    flush_work take_flush_work();
    bool needs_flush() const { return end_ > flushing_; }
    // flush.messages: so many records wait for a sync that one is due.
    bool flush_is_due() const { return end_ - flushing_ >= config_.flush_messages; }
    void flushed(offset up_to);
    void failed(const io::disk_error& error);
    bool is_offline() const { return offline_.has_value(); }
    const std::optional<io::disk_error>& offline_reason() const { return offline_; }

    // Writes indexes and snapshot so that the next start needs no scan. The owner has synced.
    io::disk_result<void> close();

  private:
    partition_log(io::disk& disk, batch_memory& memory, open_options options);

    std::expected<appended, append_error> append_checked(base::mutable_bytes batch,
                                                         const append_context& context);

    // recovery.cpp
    struct cut {
        std::size_t segment = 0;
        std::uint64_t from = 0;
        std::string reason;
    };
    struct scan_outcome {
        std::size_t first = 0;  // segment that was scanned
        std::optional<cut> damage;
        bool epochs_fit = true;                     // the file, what lies below
        leader_epoch last_epoch = no_leader_epoch;  // of the last good batch
    };
    io::disk_result<void> recover(const open_options& options);
    io::disk_result<void> find_segments();
    // compaction.cpp
    std::size_t cleanable_segments(std::int64_t wall_ms, offset high_watermark);
    offset dirty_from() const;
    io::disk_result<void> swap_in(std::size_t first, cleaning::cleaned_group group,
                                  std::int64_t wall_ms);

    // The files of a segment that leaves the log (retention.cpp).
    io::disk_result<void> doom(const segment& of, std::int64_t wall_ms);
    io::disk_result<void> make_files(leader_epoch epoch);
    io::disk_result<bool> trust_files();
    io::disk_result<void> scan(const open_options& options);
    io::disk_result<scan_outcome> scan_above(offset recovery_point);
    io::disk_result<void> scan_segment(std::size_t index, offset recovery_point,
                                       scan_outcome& into);
    io::disk_result<void> read_epochs();
    io::disk_result<void> carry_out(const cut& where, const open_options& options);
    io::disk_result<void> drop_later_segments(std::size_t index, bool torn);
    bool has_records_after(std::size_t index) const;
    io::disk_result<void> restore_producers(offset synced);
    io::disk_result<offset> load_snapshot(const std::vector<io::directory_entry>& entries,
                                          offset synced);
    io::disk_result<bool> load_aborted(const std::vector<io::directory_entry>& entries);
    offset end_of_segment(std::size_t index) const;
    io::disk_result<void> replay_producers(segment& in, offset from);

    error_code unreadable(const io::disk_error& error);
    error_code unreadable(const batch_walker& stopped);
    segment& active() { return *segments_.back(); }
    segment* segment_of(offset at);
    bool must_roll(const protocol::batch_view& batch, std::int64_t wall_ms);
    io::disk_result<void> roll(std::int64_t wall_ms);
    io::disk_result<void> write(const protocol::batch_view& batch, std::int64_t wall_ms);
    void note(const protocol::batch_view& batch, const std::optional<control_marker>& marker);
    // The `.txnindex` of a segment, made from the list; null when it has none.
    io::disk_result<std::shared_ptr<io::file>> save_aborted(std::size_t segment);
    validation_rules rules_for(const append_context& context) const;
    std::expected<time_answer, error_code> search_time(segment& in, std::int64_t timestamp,
                                                       offset bound);
    io::disk_result<void> remove_oldest_segment(std::int64_t wall_ms);
    bool expired(std::size_t index, std::int64_t wall_ms, std::uint64_t excess);
    std::expected<void, error_code> check_online() const;

    struct doomed_file {
        std::string path;
        std::int64_t remove_at_ms = 0;
    };

    io::disk& disk_;
    batch_memory& memory_;
    std::string directory_;
    log_config config_;
    std::vector<std::unique_ptr<segment>> segments_;
    leader_epochs epochs_;
    producer_state producers_;
    aborted_list aborted_;
    std::map<offset, offset>
        unsettled_;  // first record -> marker that is not known to be committed
    std::optional<offset> first_dirty_;
    offset start_;
    offset end_;
    offset flushed_;
    offset flushing_;  // a sync for everything below it is under way or done
    std::vector<std::shared_ptr<io::file>> unsynced_;  // of sealed segments, indexes too
    bool directory_synced_ = false;
    std::int64_t active_since_ms_ = -1;
    std::deque<doomed_file> doomed_;
    std::optional<io::disk_error> offline_;
    std::string last_read_error_;
};

}  // namespace weir::broker::log
