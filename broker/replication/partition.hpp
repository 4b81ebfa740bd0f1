// partition: a replica of a topic's partition on this node: its log, its high watermark, and those
// who wait for it. Owned by one shard; every call runs there.
//
// The high watermark is the offset below which every in-sync replica has the records durably: with
// flush = "commit" (default) it follows fdatasync, with flush = "os" the page cache as in Kafka.
// Nothing at or above it is ever shown to a consumer. The last stable offset is the one below which
// every transaction is decided besides: a read_committed consumer sees nothing at or above it.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "broker/controller/core/metadata_image.hpp"
#include "broker/io/condition.hpp"
#include "broker/log/partition_log.hpp"
#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::replication {

// Somebody who wants to know when a partition's end has moved. Called on the partition's shard,
// possibly several times; must not add or remove watchers.
class watcher {
  public:
    virtual void partition_advanced() = 0;

  protected:
    ~watcher() = default;
};

// What a fetcher gets of one partition.
struct fetched {
    log::log_slice slice;  // length 0: nothing to read now
    offset high_watermark;
    offset last_stable;
    offset log_start;
    // Of a read_committed fetch: those whose records in the slice are to be left out.
    std::vector<log::aborted_transaction> aborted;
};

struct fetch_wish {
    offset from;
    std::uint32_t max_bytes = 0;
    bool at_least_one_batch = false;
    bool committed_only = false;  // isolation level read_committed
};

// Who appends, and how it came.
struct append_manner {
    log::append_origin origin = log::append_origin::client;
    std::int16_t produce_version = 13;
    bool transactional = false;  // the request has a transactional id
};

struct partition_options {
    std::string topic;
    topic_id id;
    partition_index index;
    bool durable_commit = true;  // the high watermark follows the disk
    std::int32_t min_insync_replicas = 1;
};

class partition {
  public:
    partition(partition_options options, std::unique_ptr<log::partition_log> log, io::shard& home);

    // The role that the metadata gives this node: leader in an epoch, or not.
    void become(node_id self, const controller::partition_image& image);
    // KAFKA_STORAGE_ERROR when the log is offline; NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH or
    // UNKNOWN_LEADER_EPOCH when a client that believes in `claimed` (-1: says nothing) should not
    // talk to this replica now (KIP-320).
    error_code check_leader(broker::leader_epoch claimed) const;

    // Appends one batch as the leader; the bytes are patched in place.
    using append_outcome = std::expected<log::appended, log::append_error>;
    append_outcome append(base::mutable_bytes batch, const append_manner& manner);
    // Ends a producer's transaction on this partition, as the leader.
    append_outcome append_marker(const log::marker_wish& wish);
    // Waits until the high watermark is at least `until` (true), or the deadline passes or the
    // partition fails or goes (false).
    io::task<bool> wait_committed(offset until, io::time_point deadline);
    std::expected<fetched, error_code> fetch(const fetch_wish& wish);

    offset high_watermark() const { return high_watermark_; }
    offset last_stable_offset() const { return log_->last_stable_offset(high_watermark_); }
    broker::leader_epoch leader_epoch() const { return leader_epoch_; }
    bool is_leader() const { return is_leader_; }
    // acks=all is refused below min.insync.replicas.
    bool has_enough_replicas() const { return in_sync_replicas_ >= options_.min_insync_replicas; }
    void set_min_insync_replicas(std::int32_t count) { options_.min_insync_replicas = count; }

    const std::string& topic() const { return options_.topic; }
    topic_id id() const { return options_.id; }
    partition_index index() const { return options_.index; }
    log::partition_log& log() { return *log_; }
    const log::partition_log& log() const { return *log_; }

    // The log is durable up to `until`, or a sync has failed.
    void flushed(offset until);
    void flush_failed(const io::disk_error& error);
    // Tells everyone who waits, once, that the log has gone offline.
    void wake_if_failed();
    void watch(watcher& who) { watchers_.push_back(&who); }
    void unwatch(watcher& who) { std::erase(watchers_, &who); }
    // The partition goes away: everyone who waits is woken.
    void close();
    bool is_closed() const { return closed_; }

  private:
    append_outcome told(append_outcome outcome);
    log::append_context context_of(const append_manner& manner) const;
    void advance();
    void wake();

    partition_options options_;
    std::unique_ptr<log::partition_log> log_;
    io::shard& home_;
    bool is_leader_ = false;
    bool closed_ = false;
    bool failure_told_ = false;
    std::int32_t in_sync_replicas_ = 0;
    broker::leader_epoch leader_epoch_ = no_leader_epoch;
    offset high_watermark_;
    io::condition committed_;
    std::vector<watcher*> watchers_;
};

}  // namespace weir::broker::replication
