// group_runtime: drives group_core for one partition of __consumer_offsets: loads it from the log,
// appends its records, and lets replies go when what was appended before them is committed.
// Owned by the partition's shard; every call runs there.
#pragma once

#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>

#include "broker/coordinator/group/core/group_core.hpp"
#include "broker/io/condition.hpp"
#include "broker/replication/replica_manager.hpp"

namespace weir::broker::coordinator {

class group_runtime final : private replication::watcher {
  public:
    group_runtime(io::shard& home, replication::replica_manager& replicas,
                  replication::partition_ref partition, const group::core_options& options);
    ~group_runtime();
    group_runtime(const group_runtime&) = delete;
    group_runtime& operator=(const group_runtime&) = delete;

    // Reads the whole partition; before the first ask.
    error_code load();

    using step = std::function<void(group::group_core&, group::request_token, group::time_ms,
                                    group::effects&)>;
    // Runs a step that answers `token` sooner or later, and waits for the answer. The error when
    // the answer cannot be made durable any more.
    io::task<std::expected<group::any_response, error_code>> ask(step call);
    // Runs a step that reads; its result counts when all it may have seen is committed.
    io::task<error_code> read(std::function<void(const group::group_core&)> call);

    // Steps without a request.
    void tick();
    void expire_offsets();
    void topics_deleted(const std::set<std::string>& topics);
    const group::group_core& core() const { return core_; }
    // The partition is no more: everyone who waits gets `error`.
    void fail(error_code error);
    bool is_failed() const { return failed_ != error_code::none; }

  private:
    struct waiter {
        explicit waiter(io::shard& on) : changed(on) {}
        std::optional<group::any_response> answer;
        io::condition changed;
    };
    struct held_reply {
        offset until;
        group::reply what;
    };

    void partition_advanced() override;
    void carry_out(group::effects effects);
    error_code append(const std::vector<group::log_record>& records);
    void deliver(group::reply what);

    io::shard& home_;
    replication::replica_manager& replicas_;
    replication::partition_ref partition_;
    group::group_core core_;
    error_code failed_ = error_code::none;
    group::request_token last_token_ = 0;
    std::map<group::request_token, std::unique_ptr<waiter>> waiters_;
    std::deque<held_reply> held_;
    io::condition committed_;
};

}  // namespace weir::broker::coordinator
