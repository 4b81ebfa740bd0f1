#include "broker/server/checkpointer.hpp"

#include "base/log.hpp"

namespace weir::broker::server {

checkpointer::checkpointer(io::shard& home, io::disk& disk, row_source rows)
    : home_(home),
      disk_(disk),
      rows_(std::move(rows)),
      round_over_(home),
      tasks_(home),
      thread_("checkpoint") {}

void checkpointer::start(io::duration pause) {
    pause_ = pause;
    schedule();
}

void checkpointer::schedule() {
    timer_ = home_.call_at(home_.now() + pause_, [this] {
        ++asked_;
        if (!running_) tasks_.spawn(run_rounds());
        schedule();
    });
}

io::task<bool> checkpointer::write() {
    const auto mine = ++asked_;
    if (!running_) tasks_.spawn(run_rounds());
    while (done_ < mine)
        co_await round_over_.wait();
    co_return succeeded_ >= mine;
}

io::task<void> checkpointer::run_rounds() {
    running_ = true;
    while (done_ < asked_) {
        const auto serves = asked_;
        auto reading = rows_();
        const auto rows = co_await std::move(reading);
        io::disk_result<void> written;
        auto write_files = [this, &rows, &written] { written = write_checkpoints(disk_, rows); };
        io::run_blocking writing(home_, thread_, std::move(write_files));
        co_await writing;
        if (!written) base::log_warn("checkpoints: {}", written.error().message);
        done_ = serves;
        if (written) succeeded_ = serves;
        round_over_.notify_all();
    }
    running_ = false;
}

io::task<void> checkpointer::stop() {
    timer_.reset();
    co_await tasks_.join();
}

}  // namespace weir::broker::server
