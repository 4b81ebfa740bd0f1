#include "broker/coordinator/transaction_runtime.hpp"

namespace weir::broker::coordinator {
namespace {

constexpr auto retry_after = std::chrono::milliseconds(100);

}  // namespace

transaction_runtime::transaction_runtime(io::shard& home, replication::replica_manager& replicas,
                                         replication::partition_ref partition,
                                         const transaction::core_options& options,
                                         marker_writer writer, io::task_group& tasks)
    : home_(home),
      core_(options),
      write_(std::move(writer)),
      tasks_(tasks),
      waiting_(home),
      ended_(home),
      log_(home, replicas, std::move(partition), [this] {
          waiting_.fail(log_.failure());
          ended_.notify_all();
      }) {}

error_code transaction_runtime::load() {
    const auto error = log_.load({.record = [this](const log_producer&, base::bytes_view key,
                                                   const std::optional<base::bytes_view>& value) {
        core_.load(key, value);
    }});
    if (error != error_code::none) return error;
    transaction::effects effects;
    core_.finish_load(effects);
    carry_out(std::move(effects));
    return error;
}

void transaction_runtime::carry_out(transaction::effects effects) {
    log_.append(effects.records);
    for (auto& each : effects.replies) {
        log_.when_committed([this, each = std::move(each)]() mutable {
            waiting_.answer(each.to, std::move(each.what));
        });
    }
    for (auto& each : effects.markers) {
        log_.when_committed([this, each = std::move(each)]() mutable {
            tasks_.spawn(finish(shared_from_this(), std::move(each)));
        });
    }
}

io::task<void> transaction_runtime::finish(std::shared_ptr<transaction_runtime> self,
                                           transaction::marker_work work) {
    for (;;) {
        if (self->is_failed()) co_return;
        auto writing = self->write_(work, self->log_.partition()->leader_epoch().value());
        const bool written = co_await std::move(writing);
        if (written) break;
        co_await io::sleep_until(self->home_, self->home_.now() + retry_after);
    }
    if (self->is_failed()) co_return;
    transaction::effects effects;
    self->core_.markers_written(work.transactional_id, work.producer, self->home_.wall_ms(),
                                effects);
    self->carry_out(std::move(effects));
    self->ended_.notify_all();
}

io::task<bool> transaction_runtime::wait_for_end(std::string transactional_id,
                                                 io::time_point deadline) {
    const auto is_ending = [this, &transactional_id] {
        const auto* known = core_.find(transactional_id);
        return known && known->is_preparing();
    };
    const bool waits = is_ending();
    while (is_ending() && !is_failed() && home_.now() < deadline)
        (void)co_await ended_.wait_until(deadline);
    co_return waits;
}

io::task<std::expected<transaction::answer, error_code>> transaction_runtime::ask(step call) {
    using outcome = std::expected<transaction::answer, error_code>;
    if (is_failed()) co_return outcome(std::unexpected(log_.failure()));
    const auto token = waiting_.enter();
    transaction::effects effects;
    call(core_, token, home_.wall_ms(), effects);
    call = nullptr;
    carry_out(std::move(effects));
    auto answering = waiting_.leave(token);
    co_return co_await std::move(answering);
}

io::task<error_code> transaction_runtime::read(
    std::function<void(const transaction::transaction_core&)> call) {
    if (is_failed()) co_return log_.failure();
    call(core_);
    auto committing = log_.committed();
    co_return co_await std::move(committing);
}

void transaction_runtime::tick() {
    transaction::effects effects;
    core_.tick(home_.wall_ms(), effects);
    carry_out(std::move(effects));
}

void transaction_runtime::expire_ids() {
    transaction::effects effects;
    core_.expire_ids(home_.wall_ms(), effects);
    carry_out(std::move(effects));
}

}  // namespace weir::broker::coordinator
