// runtime_table: the coordinators of one shard: a runtime for each partition of a coordinator's
// topic that this shard owns and this node leads. Owned by the shard.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "broker/io/shard.hpp"
#include "broker/replication/replica_manager.hpp"

namespace weir::broker::coordinator {

template <class Runtime>
class runtime_table {
  public:
    using runtime_ref = std::shared_ptr<Runtime>;
    using maker = std::function<runtime_ref(replication::partition_ref)>;

    runtime_table(io::shard& home, replication::replica_manager& replicas, const char* topic,
                  maker make)
        : home_(home), replicas_(replicas), topic_(topic), make_(std::move(make)) {}

    // The coordinator of one partition, loaded when it is first used. NOT_COORDINATOR when this
    // node does not lead it or its log is offline, or after stop(); COORDINATOR_NOT_AVAILABLE when
    // it cannot be loaded.
    std::expected<runtime_ref, error_code> at(partition_index index) {
        if (stopped_) return std::unexpected(error_code::not_coordinator);
        const auto found = runtimes_.find(index);
        if (found != runtimes_.end() && !found->second->is_failed()) return found->second;
        const auto* topic = replicas_.image().topic(topic_);
        if (!topic) return std::unexpected(error_code::coordinator_not_available);
        auto partition = replicas_.find(topic->id, index);
        const bool led = partition && partition->check_leader(no_leader_epoch) == error_code::none;
        if (!led) return std::unexpected(error_code::not_coordinator);
        auto runtime = make_(std::move(partition));
        if (!load(*runtime, index)) return std::unexpected(error_code::coordinator_not_available);
        runtimes_.insert_or_assign(index, runtime);
        return runtime;
    }
    // Those of all partitions of this shard, loaded.
    std::vector<runtime_ref> all() {
        std::vector<runtime_ref> every;
        const auto* topic = replicas_.image().topic(topic_);
        if (!topic) return every;
        for (std::size_t number = 0; number < topic->partitions.size(); ++number) {
            const partition_index index(static_cast<std::int32_t>(number));
            if (!replicas_.find(topic->id, index)) continue;
            if (auto runtime = at(index)) every.push_back(std::move(*runtime));
        }
        return every;
    }
    // The one of a partition if it is loaded; else null.
    runtime_ref loaded(partition_index index) const {
        const auto found = runtimes_.find(index);
        return found == runtimes_.end() ? nullptr : found->second;
    }
    // Calls for each that is loaded and has not failed.
    template <class Call>
    void for_each_loaded(Call call) {
        for (auto& [index, each] : runtimes_) {
            if (!each->is_failed()) call(*each);
        }
    }
    // Ends every wait; from then on this node coordinates nothing.
    void stop() {
        stopped_ = true;
        for (auto& [index, each] : runtimes_)
            each->fail(error_code::not_coordinator);
    }

  private:
    bool load(Runtime& runtime, partition_index index) {
        const auto begun = home_.now();
        if (const auto error = runtime.load(); error != error_code::none) {
            base::log_error("coordinator {}-{} cannot be loaded: {}", topic_, index, error);
            return false;
        }
        const auto spent =
            std::chrono::duration_cast<std::chrono::milliseconds>(home_.now() - begun);
        if (spent.count() > 100) {
            base::log_info("coordinator {}-{} loaded in {} ms", topic_, index, spent.count());
        }
        return true;
    }

    io::shard& home_;
    replication::replica_manager& replicas_;
    const char* topic_;
    maker make_;
    std::map<partition_index, runtime_ref> runtimes_;
    bool stopped_ = false;
};

}  // namespace weir::broker::coordinator
