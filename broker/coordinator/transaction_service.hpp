// transaction_service: the transaction coordinators of one shard: a runtime for each partition of
// __transaction_state that this shard owns and this node leads. Owned by the shard.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "broker/coordinator/runtime_table.hpp"
#include "broker/coordinator/transaction_runtime.hpp"

namespace weir::broker::coordinator {

inline constexpr const char* transactions_topic = "__transaction_state";

struct transaction_service_options {
    transaction::core_options core;
    std::int64_t timeout_interval_ms = 10'000;    // how often transactions are looked at
    std::int64_t expiry_interval_ms = 3'600'000;  // and ids that nobody uses
};

class transaction_service {
  public:
    transaction_service(io::shard& home, replication::replica_manager& replicas,
                        const transaction_service_options& options, marker_writer writer);

    // As runtime_table.
    std::expected<std::shared_ptr<transaction_runtime>, error_code> coordinator(
        partition_index index) {
        return runtimes_.at(index);
    }
    std::vector<std::shared_ptr<transaction_runtime>> all() { return runtimes_.all(); }

    // Loads what there is, has missing markers written, starts the timeouts.
    void start();
    // Ends every wait; from then on this node coordinates nothing.
    io::task<void> stop();

  private:
    void tick();

    io::shard& home_;
    std::chrono::milliseconds timeout_interval_;
    std::chrono::milliseconds expiry_interval_;
    io::task_group tasks_;
    runtime_table<transaction_runtime> runtimes_;
    std::unique_ptr<io::timer> timer_;
    io::time_point expire_next_;
};

}  // namespace weir::broker::coordinator
