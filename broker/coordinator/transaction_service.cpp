#include "broker/coordinator/transaction_service.hpp"

namespace weir::broker::coordinator {

transaction_service::transaction_service(io::shard& home, replication::replica_manager& replicas,
                                         const transaction_service_options& options,
                                         marker_writer writer)
    : home_(home),
      timeout_interval_(options.timeout_interval_ms),
      expiry_interval_(options.expiry_interval_ms),
      tasks_(home),
      runtimes_(home, replicas, transactions_topic,
                [this, &home, &replicas, core = options.core,
                 writer = std::move(writer)](replication::partition_ref partition) {
                    return std::make_shared<transaction_runtime>(
                        home, replicas, std::move(partition), core, writer, tasks_);
                }) {}

void transaction_service::start() {
    tick();
}

io::task<void> transaction_service::stop() {
    timer_.reset();
    runtimes_.stop();
    auto joining = tasks_.join();
    co_await std::move(joining);
}

void transaction_service::tick() {
    const auto now = home_.now();
    const bool expire = now >= expire_next_;
    if (expire) expire_next_ = now + expiry_interval_;
    for (const auto& each : all()) {
        each->tick();
        if (expire) each->expire_ids();
    }
    timer_ = home_.call_at(now + timeout_interval_, [this] { tick(); });
}

}  // namespace weir::broker::coordinator
