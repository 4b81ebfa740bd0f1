// sink_reader: the consumer of a sink: its group, its partitions, batches, and commits of what the
// sink has acknowledged. Belongs to the thread of its run.
//
// Invariant: an offset is committed only when the sink said that everything below it is done, and
// when the dead letters below it are durable.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "connect/kafka/group_consumer.hpp"
#include "connect/worker/core/sink_progress.hpp"
#include "connect/worker/dead_letter_writer.hpp"
#include "connect/worker/plugin_task.hpp"

namespace weir::connect::worker {

using read_result = std::expected<void, run_end>;

class sink_reader {
  public:
    // `plugin` and `letters` outlive it.
    sink_reader(const task_setup& setup, sink_plugin& plugin, dead_letter_writer& letters)
        : setup_(setup), plugin_(plugin), letters_(letters) {}
    ~sink_reader();
    sink_reader(const sink_reader&) = delete;
    sink_reader& operator=(const sink_reader&) = delete;

    read_result open();
    // Adds records to `into`; serves the group. When partitions were taken away, all that is in
    // `into` is let go: it comes again, here or elsewhere. An error is of the client or of open()
    // and close().
    read_result poll(kafka::group_consumer::poll_times times, std::size_t count_max,
                     kafka::message_batch& into);
    void pause();
    void resume();

    core::sink_progress& progress() { return progress_; }
    // How often partitions were taken away: all of them, each time. Records from before are not to
    // be given any more.
    std::uint64_t revocations() const { return revocations_; }
    // Commits what the sink says of what it has taken.
    read_result commit();
    // Gives the partitions back and leaves the group.
    read_result close();

  private:
    using partitions = std::vector<kafka::assignment>;
    void on_assigned(const partitions& what);
    void on_revoked(const partitions& what, bool lost);
    void on_problem(const kafka::consumer::problem& what);
    void fail(run_end how);
    read_result take_failure();
    void count_lags();

    const task_setup& setup_;
    sink_plugin& plugin_;
    dead_letter_writer& letters_;
    core::sink_progress progress_;
    std::unique_ptr<kafka::group_consumer> consumer_;
    std::optional<run_end> failed_;
    std::uint64_t revocations_ = 0;
    bool assigned_ = false;  // in this poll()
};

}  // namespace weir::connect::worker
