#include "broker/coordinator/transaction_service.hpp"

#include "base/log.hpp"

namespace weir::broker::coordinator {

transaction_service::transaction_service(io::shard& home, replication::replica_manager& replicas,
                                         transaction_service_options options)
    : home_(home), replicas_(replicas), options_(options), tasks_(home) {}

std::expected<std::shared_ptr<transaction_runtime>, error_code> transaction_service::coordinator(
    partition_index index) {
    if (stopped_ || !writer_) return std::unexpected(error_code::not_coordinator);
    const auto found = runtimes_.find(index);
    if (found != runtimes_.end() && !found->second->is_failed()) return found->second;
    const auto* topic = replicas_.image().topic(transactions_topic);
    if (!topic) return std::unexpected(error_code::coordinator_not_available);
    auto partition = replicas_.find(topic->id, index);
    const bool led = partition && partition->check_leader(no_leader_epoch) == error_code::none;
    if (!led) return std::unexpected(error_code::not_coordinator);
    auto runtime = std::make_shared<transaction_runtime>(home_, replicas_, partition, options_.core,
                                                         writer_, tasks_);
    const auto error = runtime->load();
    if (error != error_code::none) {
        base::log_error("transaction coordinator {}-{} cannot be loaded: {}", transactions_topic,
                        index, error);
        return std::unexpected(error_code::coordinator_not_available);
    }
    runtimes_.insert_or_assign(index, runtime);
    return runtime;
}

std::vector<std::shared_ptr<transaction_runtime>> transaction_service::all() {
    std::vector<std::shared_ptr<transaction_runtime>> loaded;
    const auto* topic = replicas_.image().topic(transactions_topic);
    if (!topic) return loaded;
    for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
        const partition_index index(static_cast<std::int32_t>(at));
        if (!replicas_.find(topic->id, index)) continue;
        if (auto runtime = coordinator(index)) loaded.push_back(std::move(*runtime));
    }
    return loaded;
}

void transaction_service::start(marker_writer writer) {
    writer_ = std::move(writer);
    tick();
}

io::task<void> transaction_service::stop() {
    stopped_ = true;
    timer_.reset();
    for (auto& [index, each] : runtimes_)
        each->fail(error_code::not_coordinator);
    auto joining = tasks_.join();
    co_await std::move(joining);
    runtimes_.clear();
}

void transaction_service::tick() {
    const auto now = home_.now();
    const bool expire = now >= expire_next_;
    if (expire) expire_next_ = now + std::chrono::milliseconds(options_.expiry_interval_ms);
    for (const auto& each : all()) {
        each->tick();
        if (expire) each->expire_ids();
    }
    timer_ = home_.call_at(now + std::chrono::milliseconds(options_.timeout_interval_ms),
                           [this] { tick(); });
}

}  // namespace weir::broker::coordinator
