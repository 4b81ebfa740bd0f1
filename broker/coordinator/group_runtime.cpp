#include "broker/coordinator/group_runtime.hpp"

namespace weir::broker::coordinator {
namespace {

// A record has to fit into a batch of its own.
group::core_options fitted(group::core_options options, const log::log_config& log) {
    constexpr std::int32_t around_a_record = 512;
    const auto room = std::max(0, log.max_message_bytes - around_a_record);
    options.record_bytes_max = std::min(options.record_bytes_max, static_cast<std::size_t>(room));
    return options;
}

}  // namespace

group_runtime::group_runtime(io::shard& home, replication::replica_manager& replicas,
                             replication::partition_ref partition,
                             const group::core_options& options, const group::cluster_view& cluster)
    : home_(home),
      core_(fitted(options, partition->log().config()), cluster),
      waiting_(home),
      log_(home, replicas, std::move(partition), [this] { waiting_.fail(log_.failure()); }) {}

error_code group_runtime::load() {
    const auto error =
        log_.load({.record =
                       [this](const log_producer& of, base::bytes_view key,
                              const std::optional<base::bytes_view>& value) {
                           of.id == no_producer_id ? core_.load(key, value)
                                                   : core_.load_pending(of.id, key, value);
                       },
                   .marker = [this](producer_id producer,
                                    bool commits) { core_.end_transaction(producer, commits); }});
    if (error == error_code::none) core_.finish_load(home_.wall_ms());
    return error;
}

void group_runtime::carry_out(group::effects effects) {
    log_.append(effects.records, effects.producer);
    for (auto& each : effects.replies) {
        log_.when_committed([this, each = std::move(each)]() mutable {
            waiting_.answer(each.to, std::move(each.what));
        });
    }
}

io::task<std::expected<group::any_response, error_code>> group_runtime::ask(step call) {
    using outcome = std::expected<group::any_response, error_code>;
    if (is_failed()) co_return outcome(std::unexpected(log_.failure()));
    const auto token = waiting_.enter();
    group::effects effects;
    call(core_, token, home_.wall_ms(), effects);
    call = nullptr;  // what it holds of the request is needed no more
    carry_out(std::move(effects));
    auto answering = waiting_.leave(token);
    co_return co_await std::move(answering);
}

io::task<error_code> group_runtime::read(std::function<void(const group::group_core&)> call) {
    if (is_failed()) co_return log_.failure();
    call(core_);
    auto committing = log_.committed();
    co_return co_await std::move(committing);
}

void group_runtime::end_transaction(producer_id producer, bool commits) {
    core_.end_transaction(producer, commits);
}

void group_runtime::tick() {
    group::effects effects;
    core_.tick(home_.wall_ms(), effects);
    carry_out(std::move(effects));
}

void group_runtime::expire_offsets() {
    group::effects effects;
    core_.expire_offsets(home_.wall_ms(), effects);
    carry_out(std::move(effects));
}

void group_runtime::topics_deleted(const std::set<std::string>& topics) {
    group::effects effects;
    core_.topics_deleted(topics, effects);
    carry_out(std::move(effects));
}

}  // namespace weir::broker::coordinator
