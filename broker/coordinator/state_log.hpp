// state_log: the partition that holds a coordinator's state (a replicated state machine's log):
// read whole at first, then appended to; and who waits until what was appended is committed. Owned
// by the partition's shard; every call runs there.
#pragma once

#include <deque>
#include <functional>
#include <span>

#include "broker/coordinator/core/log_record.hpp"
#include "broker/io/condition.hpp"
#include "broker/replication/replica_manager.hpp"

namespace weir::broker::coordinator {

class state_log final : private replication::watcher {
  public:
    using work = std::move_only_function<void()>;

    // `failed` is called once, when nothing can be made durable any more.
    state_log(io::shard& home, replication::replica_manager& replicas,
              replication::partition_ref partition, std::function<void()> failed);
    ~state_log();
    state_log(const state_log&) = delete;
    state_log& operator=(const state_log&) = delete;

    // What is in the log: records, of a transaction or not, and ends of transactions.
    struct visitor {
        std::function<void(const log_producer& of, base::bytes_view key,
                           const std::optional<base::bytes_view>& value)>
            record;
        std::function<void(producer_id producer, bool commits)> marker = [](producer_id, bool) {};
    };
    // Reads the whole partition; before the first append.
    error_code load(const visitor& each);
    // Appends the records, in as many batches as it takes; as part of a transaction of `of`, whose
    // epoch is current. After an error the log has failed.
    void append(std::span<const log_record> records, const log_producer& of = {});
    // The partition knows a newer epoch of this producer.
    bool is_fenced(const log_producer& producer) const;
    // Calls when all that was appended so far is committed: at once when it is. Never after a
    // failure.
    void when_committed(work call);
    // Waits for the same; the error when it cannot be any more.
    io::task<error_code> committed();

    // The partition is no more, or not this node's.
    void fail(error_code error);
    bool is_failed() const { return failed_ != error_code::none; }
    error_code failure() const { return failed_; }
    const replication::partition_ref& partition() const { return partition_; }

  private:
    struct held_call {
        offset until;
        work call;
    };

    void partition_advanced() override;

    io::shard& home_;
    replication::replica_manager& replicas_;
    replication::partition_ref partition_;
    std::function<void()> on_failure_;
    error_code failed_ = error_code::none;
    std::deque<held_call> held_;
    io::condition committed_;
};

}  // namespace weir::broker::coordinator
