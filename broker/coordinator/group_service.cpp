#include "broker/coordinator/group_service.hpp"

namespace weir::broker::coordinator {
namespace {

// How exactly sessions and rebalances are timed.
constexpr auto tick_interval = std::chrono::milliseconds(50);

}  // namespace

group_service::group_service(io::shard& home, replication::replica_manager& replicas,
                             const group_service_options& options)
    : home_(home),
      expiry_interval_(options.expiry_interval_ms),
      cluster_(replicas, options.settings),
      runtimes_(home, replicas, offsets_topic,
                [this, &replicas, core = options.core](replication::partition_ref partition) {
                    return std::make_shared<group_runtime>(home_, replicas, std::move(partition),
                                                           core, cluster_);
                }) {}

void group_service::end_transaction(partition_index index, producer_id producer, bool commits) {
    // One that is not loaded yet will read the marker.
    if (const auto runtime = runtimes_.loaded(index)) runtime->end_transaction(producer, commits);
}

void group_service::topics_deleted(const std::set<std::string>& names) {
    if (names.empty()) return;
    for (const auto& runtime : all())
        runtime->topics_deleted(names);
}

void group_service::topics_changed(const std::set<std::string>& names) {
    if (names.empty()) return;
    runtimes_.for_each_loaded([&names](group_runtime& each) { each.topics_changed(names); });
}

void group_service::start() {
    timer_ = home_.call_at(home_.now() + tick_interval, [this] { tick(); });
}

void group_service::stop() {
    timer_.reset();
    runtimes_.stop();
}

void group_service::tick() {
    const auto now = home_.now();
    const bool expire = now >= expire_next_;
    if (expire) expire_next_ = now + expiry_interval_;
    runtimes_.for_each_loaded([expire](group_runtime& each) {
        each.tick();
        if (expire) each.expire_offsets();
    });
    start();
}

}  // namespace weir::broker::coordinator
