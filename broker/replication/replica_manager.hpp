// replica_manager: the partitions of one shard: makes and closes them as the metadata says, syncs
// them in groups, looks after retention and checkpoints. Owned by its shard.
//
// Group commit: appended partitions gather; while one sync round runs on the shard's sync thread
// the next one fills. A round of one or two files syncs each; a larger one is one syncfs
// (README.md).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "broker/controller/publisher.hpp"
#include "broker/io/blocking.hpp"
#include "broker/io/disk.hpp"
#include "broker/io/task_group.hpp"
#include "broker/log/topic_directory.hpp"
#include "broker/replication/partition.hpp"

namespace weir::broker::replication {

using partition_ref = std::shared_ptr<partition>;

// What a topic's settings come to; made by the node from metadata and configuration.
struct topic_policy {
    log::log_config log;
    std::int32_t min_insync_replicas = 1;
};
using policy_source =
    std::function<topic_policy(const controller::metadata_image&, const std::string& topic)>;

struct flush_counters {
    std::uint64_t rounds = 0;
    std::uint64_t files = 0;
    std::uint64_t nanoseconds = 0;  // in sync calls
};

// The checkpoints of the last run, by directory name; filled before the shards start.
struct recovered_checkpoints {
    std::map<std::string, offset> recovery_points;
    std::map<std::string, offset> log_starts;
    std::map<std::string, offset> first_dirty;    // of logs that were ever compacted
    std::unordered_set<topic_id> removed_topics;  // by the metadata log
    bool clean = false;
};

struct replica_options {
    node_id self;
    std::uint32_t shard_index = 0;
    std::uint32_t shard_count = 1;
    bool durable_commit = true;
};

class replica_manager {
  public:
    replica_manager(io::shard& home, io::disk& disk, replica_options options, policy_source policy,
                    std::shared_ptr<const recovered_checkpoints> checkpoints);

    // Opens the partitions that an image will bring, a few at a time: thousands take seconds, and
    // others have their turn in between. apply() is to follow.
    io::task<void> prepare(controller::metadata_snapshot image,
                           const controller::metadata_delta& delta);
    // Applies a committed image: the partitions that are this shard's come and go.
    void apply(controller::metadata_snapshot image, const controller::metadata_delta& delta);
    const controller::metadata_image& image() const { return *image_; }

    // The shard that owns a partition.
    std::uint32_t shard_of(const topic_id& topic, partition_index index) const;
    // Null when this shard has no such partition.
    partition_ref find(const topic_id& topic, partition_index index) const;
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& [id, list] : topics_) {
            for (const auto& each : list) {
                if (each) visit(each);
            }
        }
    }

    // After an append: the partition will be synced with the next round.
    void appended(partition_ref what);
    // Retention and the like; called now and then.
    void housekeep();
    // Removes directories in the background.
    void remove_directory(const std::string& path);
    // Syncs everything, closes the logs. Nothing is appended any more.
    io::task<void> stop();

    // After stop: every log was synced and closed.
    bool all_closed_cleanly() const { return closed_cleanly_; }

    // "topic partition offset" rows of this shard, for the checkpoint files.
    struct checkpoint_row {
        std::string topic;
        partition_index index;
        offset recovery_point;
        offset log_start;
        offset high_watermark;
        std::optional<offset> first_dirty;
    };
    std::vector<checkpoint_row> checkpoint_rows() const;
    const flush_counters& flush_stats() const { return flush_stats_; }

  private:
    struct sync_job {
        partition_ref target;
        log::flush_work work;
    };
    struct sync_outcome {
        std::vector<std::expected<void, io::disk_error>> results;
        std::uint64_t files = 0;
        std::uint64_t nanoseconds = 0;
    };

    bool is_ours(const controller::topic_image& topic, partition_index index) const;
    void apply_topic(const controller::topic_image& topic);
    void remove_topic(const topic_id& topic);
    void open_partition(const controller::metadata_image& image,
                        const controller::topic_image& topic, partition_index index);
    void reconfigure(const controller::topic_image& topic);
    void start_sync();
    void finish_sync(std::vector<sync_job>& jobs, const sync_outcome& outcome);
    sync_outcome run_sync(const std::vector<sync_job>& jobs);

    io::shard& home_;
    io::disk& disk_;
    replica_options options_;
    policy_source policy_;
    std::shared_ptr<const recovered_checkpoints> checkpoints_;
    controller::metadata_snapshot image_;
    log::batch_memory batch_memory_;
    // By partition index; null where a partition is not of this shard.
    std::unordered_map<topic_id, std::vector<partition_ref>> topics_;
    std::vector<topic_id> unmoved_;  // removed topics whose directories could not be renamed
    std::vector<partition_ref> dirty_;
    bool syncing_ = false;
    bool sync_is_due_ = false;
    bool closed_cleanly_ = false;
    bool syncfs_trusted_ = true;  // only the sync thread touches it
    flush_counters flush_stats_;
    io::condition sync_done_;
    io::blocking_thread sync_thread_;
    io::blocking_thread removal_thread_;
};

// The directory of a partition's log: "orders-0".
std::string directory_of(const std::string& topic, partition_index index);

}  // namespace weir::broker::replication
