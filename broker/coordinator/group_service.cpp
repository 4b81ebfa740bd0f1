#include "broker/coordinator/group_service.hpp"

#include "base/log.hpp"

namespace weir::broker::coordinator {
namespace {

// How exactly sessions and rebalances are timed.
constexpr auto tick_interval = std::chrono::milliseconds(50);

}  // namespace

group_service::group_service(io::shard& home, replication::replica_manager& replicas,
                             group_service_options options)
    : home_(home), replicas_(replicas), options_(options) {}

group_service::~group_service() = default;

std::expected<std::shared_ptr<group_runtime>, error_code> group_service::coordinator(
    partition_index index) {
    if (stopped_) return std::unexpected(error_code::not_coordinator);
    const auto found = runtimes_.find(index);
    if (found != runtimes_.end() && !found->second->is_failed()) return found->second;
    const auto* topic = replicas_.image().topic(offsets_topic);
    if (!topic) return std::unexpected(error_code::coordinator_not_available);
    auto partition = replicas_.find(topic->id, index);
    const bool led = partition && partition->check_leader(no_leader_epoch) == error_code::none;
    if (!led) return std::unexpected(error_code::not_coordinator);
    auto runtime = std::make_shared<group_runtime>(home_, replicas_, partition, options_.core);
    const auto begun = home_.now();
    const auto error = runtime->load();
    if (error != error_code::none) {
        base::log_error("group coordinator {}-{} cannot be loaded: {}", offsets_topic, index,
                        error);
        return std::unexpected(error_code::coordinator_not_available);
    }
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(home_.now() - begun);
    if (spent.count() > 100) {
        base::log_info("group coordinator {}-{} loaded in {} ms", offsets_topic, index,
                       spent.count());
    }
    runtimes_.insert_or_assign(index, runtime);
    return runtime;
}

std::vector<std::shared_ptr<group_runtime>> group_service::all() {
    std::vector<std::shared_ptr<group_runtime>> loaded;
    const auto* topic = replicas_.image().topic(offsets_topic);
    if (!topic) return loaded;
    for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
        const partition_index index(static_cast<std::int32_t>(at));
        if (!replicas_.find(topic->id, index)) continue;
        if (auto runtime = coordinator(index)) loaded.push_back(std::move(*runtime));
    }
    return loaded;
}

void group_service::end_transaction(partition_index index, producer_id producer, bool commits) {
    const auto found = runtimes_.find(index);
    // One that is not loaded yet will read the marker.
    if (found != runtimes_.end()) found->second->end_transaction(producer, commits);
}

void group_service::topics_deleted(const std::set<std::string>& names) {
    if (names.empty()) return;
    for (const auto& runtime : all())
        runtime->topics_deleted(names);
}

void group_service::start() {
    timer_ = home_.call_at(home_.now() + tick_interval, [this] { tick(); });
}

void group_service::stop() {
    stopped_ = true;
    timer_.reset();
    for (auto& [index, each] : runtimes_)
        each->fail(error_code::not_coordinator);
}

void group_service::tick() {
    const auto now = home_.now();
    const bool expire = now >= expire_next_;
    if (expire) expire_next_ = now + std::chrono::milliseconds(options_.expiry_interval_ms);
    for (auto& [index, each] : runtimes_) {
        if (each->is_failed()) continue;
        each->tick();
        if (expire) each->expire_offsets();
    }
    start();
}

}  // namespace weir::broker::coordinator
