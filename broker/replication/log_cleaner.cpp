#include "broker/replication/log_cleaner.hpp"

#include <algorithm>
#include <cerrno>

#include "base/log.hpp"

namespace weir::broker::replication {
namespace {

using log::cleaning::cleaning_progress;

constexpr std::uint64_t step_bytes = 4UL * 1024 * 1024;

}  // namespace

log_cleaner::log_cleaner(io::shard& home, io::disk& disk, replica_manager& replicas,
                         io::blocking_thread& thread, cleaner_options options,
                         checkpoint_writer checkpoint)
    : home_(home),
      disk_(disk),
      replicas_(replicas),
      thread_(thread),
      options_(options),
      checkpoint_(std::move(checkpoint)),
      woken_(home),
      tasks_(home) {}

void log_cleaner::start() {
    tasks_.spawn(run());
}

io::task<void> log_cleaner::stop() {
    stopping_ = true;
    woken_.notify_all();
    co_await tasks_.join();
}

io::task<void> log_cleaner::run() {
    while (!stopping_) {
        bool cleaned = false;
        auto due = dirtiest();
        if (due.target) {
            auto cleaning = clean(std::move(due.target));
            cleaned = co_await std::move(cleaning);
        }
        // Others may be due as well. What failed is tried again after a while.
        if (!cleaned && !stopping_) {
            (void)co_await woken_.wait_until(home_.now() + options_.backoff);
        }
    }
}

template <class Visit>
void log_cleaner::for_each_compacted(Visit visit) {
    const auto now = home_.wall_ms();
    replicas_.for_each([&](const partition_ref& each) {
        auto& log = each->log();
        if (log.config().compacted) visit(each, log.cleaning_need(now, each->high_watermark()));
    });
}

log_cleaner::due_log log_cleaner::dirtiest() {
    due_log most;
    for_each_compacted([&](const partition_ref& each, const log::cleaning::cleaning_need& need) {
        const auto ratio = need.dirty_ratio();
        const bool due = need.overdue || ratio > each->log().config().min_cleanable_dirty_ratio;
        const bool more = need.dirty_bytes > 0 && due && ratio > most.dirty_ratio;
        if (more && !uncleanable_.contains({each->id(), each->index()})) {
            most = {.target = each, .dirty_ratio = ratio};
        }
    });
    return most;
}

double log_cleaner::dirty_ratio_max() {
    double most = 0;
    for_each_compacted([&most](const partition_ref&, const log::cleaning::cleaning_need& need) {
        most = std::max(most, need.dirty_ratio());
    });
    return most;
}

bool log_cleaner::may_go_on(const partition& target) const {
    return !stopping_ && !target.is_closed() && !target.log().is_offline();
}

void log_cleaner::give_up(partition& target, const io::disk_error& why) {
    // A segment that retention has taken meanwhile is nobody's fault.
    if (why.code == ENOENT || !may_go_on(target)) return;
    base::log_error("{}: compaction ends: {}", target.log().directory(), why.message);
    // Damage stays, and so it is not tried again; a full disk may become empty.
    if (why.code != EBADMSG) return;
    uncleanable_.emplace(target.id(), target.index());
    counters_.uncleanable = uncleanable_.size();
}

io::task<bool> log_cleaner::clean(partition_ref target) {
    auto& log = target->log();
    if (!log.first_dirty()) {
        // From now on the log may have holes: an unclean start has to know (FORMAT.md).
        log.cleaned(log.start_offset());
        auto writing = checkpoint_();
        const bool written = co_await std::move(writing);
        if (!written || !may_go_on(*target)) co_return false;
    }
    const auto begun = home_.now();
    log::cleaning::cleaning_pass pass(
        disk_, log.plan_cleaning(home_.wall_ms(), target->high_watermark()), options_.key_memory);
    auto at = outcome::goes_on;
    while (at == outcome::goes_on) {
        auto stepping = step(*target, pass);
        at = co_await std::move(stepping);
        auto pausing = slow_down(begun, pass.counts());
        co_await std::move(pausing);
    }
    ++counters_.passes;
    counters_.bytes_read += pass.counts().bytes_read;
    counters_.bytes_written += pass.counts().bytes_written;
    if (at != outcome::done) co_return false;
    auto writing = checkpoint_();
    (void)co_await std::move(writing);
    co_return true;
}

// Waits until what was moved since `begun` is within log.cleaner.io.max.bytes.per.second.
io::task<void> log_cleaner::slow_down(io::time_point begun,
                                      const log::cleaning::cleaning_counts& counts) {
    constexpr double longest_s = 1e6;
    const auto bytes = static_cast<double>(counts.bytes_read + counts.bytes_written);
    const std::chrono::duration<double> owed(
        std::min(longest_s, bytes / std::max(1.0, options_.bytes_per_second_max)));
    const auto until = begun + std::chrono::duration_cast<io::duration>(owed);
    while (!stopping_ && home_.now() < until)
        (void)co_await woken_.wait_until(until);
}

io::task<log_cleaner::outcome> log_cleaner::step(partition& target,
                                                 log::cleaning::cleaning_pass& pass) {
    if (!may_go_on(target)) co_return outcome::failed;
    io::disk_result<cleaning_progress> progress;
    const auto begun = home_.now();
    auto work = [&pass, &progress] { progress = pass.step(step_bytes); };
    io::run_blocking stepping(home_, thread_, std::move(work));
    co_await stepping;
    counters_.nanoseconds += static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(home_.now() - begun).count());
    if (!progress) give_up(target, progress.error());
    if (!progress || !may_go_on(target)) co_return outcome::failed;
    if (*progress == cleaning_progress::more) co_return outcome::goes_on;
    if (*progress == cleaning_progress::done) {
        target.log().cleaned(pass.cleaned_up_to());
        co_return outcome::done;
    }
    const auto taken = target.log().take_cleaned(pass.take_group(), home_.wall_ms());
    target.wake_if_failed();
    co_return taken ? outcome::goes_on : outcome::failed;
}

}  // namespace weir::broker::replication
