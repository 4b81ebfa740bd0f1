// group_service: the group coordinators of one shard: a runtime for each partition of
// __consumer_offsets that this shard owns and this node leads. Owned by the shard.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "broker/coordinator/group_runtime.hpp"
#include "broker/coordinator/image_view.hpp"
#include "broker/coordinator/runtime_table.hpp"

namespace weir::broker::coordinator {

inline constexpr const char* offsets_topic = "__consumer_offsets";

struct group_service_options {
    group::core_options core;
    std::int64_t expiry_interval_ms = 600'000;
    group_settings_maker settings = [](const auto&) { return group::group_settings{}; };
};

class group_service {
  public:
    group_service(io::shard& home, replication::replica_manager& replicas,
                  const group_service_options& options);

    // As runtime_table.
    std::expected<std::shared_ptr<group_runtime>, error_code> coordinator(partition_index index) {
        return runtimes_.at(index);
    }
    std::vector<std::shared_ptr<group_runtime>> all() { return runtimes_.all(); }

    // A marker of the producer's transaction was appended to a partition of __consumer_offsets.
    void end_transaction(partition_index index, producer_id producer, bool commits);
    // The metadata changed: topics that are no more take their offsets with them.
    void topics_deleted(const std::set<std::string>& names);
    // Topics came, changed or went; after the image knows.
    void topics_changed(const std::set<std::string>& names);
    // Starts the timeouts.
    void start();
    // Ends every wait; from then on this node coordinates nothing.
    void stop();

  private:
    void tick();

    io::shard& home_;
    std::chrono::milliseconds expiry_interval_;
    image_view cluster_;
    runtime_table<group_runtime> runtimes_;
    std::unique_ptr<io::timer> timer_;
    io::time_point expire_next_;
};

}  // namespace weir::broker::coordinator
