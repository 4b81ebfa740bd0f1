// group_service: the group coordinators of one shard: a runtime for each partition of
// __consumer_offsets that this shard owns and this node leads. Owned by the shard.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "broker/coordinator/group_runtime.hpp"

namespace weir::broker::coordinator {

inline constexpr const char* offsets_topic = "__consumer_offsets";

struct group_service_options {
    group::core_options core;
    std::int64_t expiry_interval_ms = 600'000;
};

class group_service {
  public:
    group_service(io::shard& home, replication::replica_manager& replicas,
                  group_service_options options);
    ~group_service();

    // The coordinator of one partition, loaded when it is first used. NOT_COORDINATOR when this
    // node does not lead it or its log is offline, COORDINATOR_NOT_AVAILABLE when it cannot be
    // loaded.
    std::expected<std::shared_ptr<group_runtime>, error_code> coordinator(partition_index index);
    // Those of all partitions of this shard.
    std::vector<std::shared_ptr<group_runtime>> all();

    // A marker of the producer's transaction was appended to a partition of __consumer_offsets.
    void end_transaction(partition_index index, producer_id producer, bool commits);
    // The metadata changed: topics that are no more take their offsets with them.
    void topics_deleted(const std::set<std::string>& names);
    // Starts the timeouts.
    void start();
    // Ends every wait; from then on this node coordinates nothing.
    void stop();

  private:
    void tick();

    io::shard& home_;
    replication::replica_manager& replicas_;
    group_service_options options_;
    std::map<partition_index, std::shared_ptr<group_runtime>> runtimes_;
    bool stopped_ = false;
    std::unique_ptr<io::timer> timer_;
    io::time_point expire_next_;
};

}  // namespace weir::broker::coordinator
