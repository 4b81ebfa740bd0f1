#include "broker/replication/replica_manager.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"

namespace weir::broker::replication {
namespace {

// From this many files on, one syncfs is faster than a sync of each (measured; README.md).
constexpr std::size_t syncfs_from = 3;

// Opening so many new partitions takes a few milliseconds.
constexpr std::size_t opened_in_a_turn = 16;

}  // namespace

std::string directory_of(const std::string& topic, partition_index index) {
    return fmt::format("{}-{}", topic, index);
}

replica_manager::replica_manager(io::shard& home, io::disk& disk, replica_options options,
                                 policy_source policy,
                                 std::shared_ptr<const recovered_checkpoints> checkpoints)
    : home_(home),
      disk_(disk),
      options_(options),
      policy_(std::move(policy)),
      checkpoints_(std::move(checkpoints)),
      image_(std::make_shared<controller::metadata_image>()),
      sync_done_(home),
      sync_thread_(fmt::format("sync-{}", options.shard_index)),
      removal_thread_(fmt::format("remove-{}", options.shard_index)) {}

std::uint32_t replica_manager::shard_of(const topic_id& topic, partition_index index) const {
    if (options_.shard_count == 1) return 0;
    const auto hash = std::hash<base::uuid>()(topic) >> 32;
    return static_cast<std::uint32_t>((hash + static_cast<std::uint64_t>(index.value())) %
                                      options_.shard_count);
}

partition_ref replica_manager::find(const topic_id& topic, partition_index index) const {
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return nullptr;
    const auto at = static_cast<std::size_t>(index.value());
    return at < found->second.size() ? found->second[at] : nullptr;
}

io::task<void> replica_manager::prepare(controller::metadata_snapshot image,
                                        const controller::metadata_delta& delta) {
    // A new topic may have the name, and so the directories, of one that goes first.
    if (!delta.removed_topics.empty()) co_return;
    std::size_t opened = 0;
    for (const auto& id : delta.changed_topics) {
        const auto* topic = image->topic(id);
        const auto count = topic ? topic->partitions.size() : 0;
        for (std::size_t at = 0; at < count; ++at) {
            const partition_index index(static_cast<std::int32_t>(at));
            if (!is_ours(*topic, index) || find(id, index)) continue;
            open_partition(*image, *topic, index);
            if (++opened % opened_in_a_turn == 0) co_await io::next_turn(home_);
        }
    }
}

void replica_manager::apply(controller::metadata_snapshot image,
                            const controller::metadata_delta& delta) {
    image_ = std::move(image);
    for (const auto& id : delta.removed_topics)
        remove_topic(id);
    for (const auto& id : delta.changed_topics) {
        if (const auto* topic = image_->topic(id)) apply_topic(*topic);
    }
    for (const auto& name : delta.reconfigured_topics) {
        if (const auto* topic = image_->topic(name)) reconfigure(*topic);
    }
    if (!delta.brokers_reconfigured) return;
    image_->for_each_topic([this](const auto& topic) { reconfigure(*topic); });
}

bool replica_manager::is_ours(const controller::topic_image& topic, partition_index index) const {
    if (shard_of(topic.id, index) != options_.shard_index) return false;
    const auto& replicas = topic.partitions[static_cast<std::size_t>(index.value())].replicas;
    return std::ranges::find(replicas, options_.self) != replicas.end();
}

void replica_manager::apply_topic(const controller::topic_image& topic) {
    for (std::size_t at = 0; at < topic.partitions.size(); ++at) {
        const partition_index index(static_cast<std::int32_t>(at));
        if (!is_ours(topic, index)) continue;
        if (!find(topic.id, index)) open_partition(*image_, topic, index);
        if (auto open = find(topic.id, index)) open->become(options_.self, topic.partitions[at]);
    }
}

void replica_manager::open_partition(const controller::metadata_image& image,
                                     const controller::topic_image& topic, partition_index index) {
    const auto policy = policy_(image, topic.name);
    log::open_options options{.directory = directory_of(topic.name, index),
                              .config = policy.log,
                              .clean = checkpoints_->clean};
    const auto recovery = checkpoints_->recovery_points.find(options.directory);
    if (recovery != checkpoints_->recovery_points.end()) options.recovery_point = recovery->second;
    const auto start = checkpoints_->log_starts.find(options.directory);
    if (start != checkpoints_->log_starts.end()) options.start_offset = start->second;
    const auto dirty = checkpoints_->first_dirty.find(options.directory);
    if (dirty != checkpoints_->first_dirty.end()) options.first_dirty = dirty->second;
    const auto& state = topic.partitions[static_cast<std::size_t>(index.value())];
    if (state.leader == options_.self) options.first_epoch = state.leader_epoch;
    auto wanted = options;
    const auto removed = [this](const topic_id& id) {
        return checkpoints_->removed_topics.contains(id) ||
               std::ranges::find(unmoved_, id) != unmoved_.end();
    };
    auto opened = log::open_for_topic(disk_, batch_memory_, std::move(options), topic.id, removed);
    for (const auto& id : unmoved_)
        remove_directory(log::deleted_directory(wanted.directory, id));
    if (!opened) {
        // It stays offline until the node starts again: what failed is not tried again as if
        // nothing had happened.
        base::log_error("partition {}-{} is offline: {}", topic.name, index,
                        opened.error().message);
        opened = log::partition_log::offline(disk_, batch_memory_, std::move(wanted),
                                             std::move(opened.error()));
    }
    partition_options settings{.topic = topic.name,
                               .id = topic.id,
                               .index = index,
                               .durable_commit = options_.durable_commit,
                               .min_insync_replicas = policy.min_insync_replicas};
    auto& list = topics_[topic.id];
    const auto at = static_cast<std::size_t>(index.value());
    if (list.size() <= at) list.resize(at + 1);
    list[at] = std::make_shared<partition>(std::move(settings), std::move(*opened), home_);
}

void replica_manager::remove_topic(const topic_id& topic) {
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return;
    for (auto& each : found->second) {
        if (!each) continue;
        each->close();
        const auto from = each->log().directory();
        const auto to = log::deleted_directory(from, topic);
        if (auto renamed = disk_.rename(from, to)) {
            remove_directory(to);
        } else {
            // It goes when its name is wanted again, or at the next start.
            base::log_warn("{}", renamed.error().message);
            unmoved_.push_back(topic);
        }
    }
    topics_.erase(found);
}

void replica_manager::remove_directory(const std::string& path) {
    removal_thread_.post([&disk = disk_, path] {
        if (auto removed = disk.remove_tree(path); !removed) {
            base::log_warn("{}", removed.error().message);
        }
    });
}

void replica_manager::reconfigure(const controller::topic_image& topic) {
    const auto found = topics_.find(topic.id);
    if (found == topics_.end()) return;
    const auto policy = policy_(*image_, topic.name);
    for (auto& each : found->second) {
        if (!each) continue;
        each->log().set_config(policy.log);
        each->set_min_insync_replicas(policy.min_insync_replicas);
    }
}

void replica_manager::appended(partition_ref what) {
    if (!options_.durable_commit && !what->log().flush_is_due()) return;
    dirty_.push_back(std::move(what));
    if (syncing_ || sync_is_due_) return;
    // After the caller has appended all it has: a request for a thousand partitions is one round.
    sync_is_due_ = true;
    home_.post([this] {
        sync_is_due_ = false;
        if (!syncing_) start_sync();
    });
}

void replica_manager::start_sync() {
    std::vector<sync_job> jobs;
    for (auto& each : dirty_) {
        auto work = each->log().take_flush_work();
        // A partition that was appended to twice has nothing left the second time.
        if (work.empty()) {
            each->wake_if_failed();
            continue;
        }
        jobs.push_back({.target = std::move(each), .work = std::move(work)});
    }
    dirty_.clear();
    if (jobs.empty()) return;
    syncing_ = true;
    sync_thread_.post([this, jobs = std::move(jobs)]() mutable {
        auto outcome = run_sync(jobs);
        home_.post([this, jobs = std::move(jobs), outcome = std::move(outcome)]() mutable {
            finish_sync(jobs, outcome);
        });
    });
}

// On the sync thread. When syncfs fails it does not say for which file: then, and from then on,
// each file is synced by itself, where the kernel reports a file's lost pages to whoever has it
// open.
replica_manager::sync_outcome replica_manager::run_sync(const std::vector<sync_job>& jobs) {
    sync_outcome outcome;
    const auto begun = std::chrono::steady_clock::now();
    for (const auto& job : jobs) {
        outcome.files += job.work.files.size() + job.work.directories.size();
    }
    outcome.results.resize(jobs.size());
    bool done = false;
    if (outcome.files >= syncfs_from && syncfs_trusted_) {
        const auto synced = disk_.sync_all();
        done = synced.has_value();
        syncfs_trusted_ = done;
        if (!synced) {
            base::log_error("{}: from now on each file is synced by itself",
                            synced.error().message);
        }
    }
    for (std::size_t index = 0; index < jobs.size() && !done; ++index) {
        auto& result = outcome.results[index];
        for (const auto& file : jobs[index].work.files) {
            if (result) result = file->sync();
        }
        for (const auto& directory : jobs[index].work.directories) {
            if (result) result = disk_.sync_directory(directory);
            if (result) result = disk_.sync_directory(".");
        }
    }
    const auto spent = std::chrono::steady_clock::now() - begun;
    outcome.nanoseconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count());
    return outcome;
}

void replica_manager::finish_sync(std::vector<sync_job>& jobs, const sync_outcome& outcome) {
    syncing_ = false;
    ++flush_stats_.rounds;
    flush_stats_.files += outcome.files;
    flush_stats_.nanoseconds += outcome.nanoseconds;
    for (std::size_t index = 0; index < jobs.size(); ++index) {
        auto& target = *jobs[index].target;
        if (outcome.results[index]) {
            target.flushed(jobs[index].work.up_to);
        } else {
            target.flush_failed(outcome.results[index].error());
        }
    }
    if (!dirty_.empty()) start_sync();
    if (!syncing_) sync_done_.notify_all();
}

void replica_manager::housekeep() {
    const auto now = home_.wall_ms();
    for_each([now](const partition_ref& each) {
        each->log().housekeep(now, each->high_watermark());
        each->wake_if_failed();
    });
    if (options_.durable_commit || syncing_) return;
    for_each([this](const partition_ref& each) {
        if (each->log().needs_flush()) dirty_.push_back(each);
    });
    start_sync();
}

io::task<void> replica_manager::stop() {
    for_each([this](const partition_ref& each) {
        if (each->log().needs_flush()) dirty_.push_back(each);
    });
    if (!syncing_) start_sync();
    while (syncing_)
        co_await sync_done_.wait();
    closed_cleanly_ = true;
    for_each([this](const partition_ref& each) {
        if (auto closed = each->log().close(); !closed) {
            base::log_warn("{}", closed.error().message);
            closed_cleanly_ = false;
        }
        each->close();
    });
}

std::vector<replica_manager::checkpoint_row> replica_manager::checkpoint_rows() const {
    std::vector<checkpoint_row> rows;
    for_each([&rows](const partition_ref& each) {
        rows.push_back({.topic = each->topic(),
                        .index = each->index(),
                        .recovery_point = each->log().flushed_offset(),
                        .log_start = each->log().start_offset(),
                        .high_watermark = each->high_watermark(),
                        .first_dirty = each->log().first_dirty()});
    });
    return rows;
}

}  // namespace weir::broker::replication
