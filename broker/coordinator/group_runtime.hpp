// group_runtime: drives group_core for one partition of __consumer_offsets: loads it from the log,
// appends its records, and lets replies go when what was appended before them is committed.
// Owned by the partition's shard; every call runs there.
#pragma once

#include <expected>
#include <functional>
#include <memory>

#include "broker/coordinator/group/core/group_core.hpp"
#include "broker/coordinator/state_log.hpp"
#include "broker/coordinator/waiting_room.hpp"

namespace weir::broker::coordinator {

class group_runtime {
  public:
    group_runtime(io::shard& home, replication::replica_manager& replicas,
                  replication::partition_ref partition, const group::core_options& options,
                  const group::cluster_view& cluster);

    // Reads the whole partition; before the first ask.
    error_code load();

    using step = std::function<void(group::group_core&, group::request_token, group::time_ms,
                                    group::effects&)>;
    // Runs a step that answers `token` sooner or later, and waits for the answer. The error when
    // the answer cannot be made durable any more.
    io::task<std::expected<group::any_response, error_code>> ask(step call);
    // Runs a step that reads; its result counts when all it may have seen is committed.
    io::task<error_code> read(std::function<void(const group::group_core&)> call);

    // The partition knows a newer epoch of this producer.
    bool is_fenced(const log_producer& producer) const { return log_.is_fenced(producer); }
    // A marker of the producer's transaction was appended to the partition.
    void end_transaction(producer_id producer, bool commits);

    // Steps without a request.
    void tick();
    void expire_offsets();
    void topics_deleted(const std::set<std::string>& topics);
    void topics_changed(const std::set<std::string>& topics) { core_.topics_changed(topics); }
    const group::group_core& core() const { return core_; }
    // The partition is no more: everyone who waits gets `error`.
    void fail(error_code error) { log_.fail(error); }
    bool is_failed() const { return log_.is_failed(); }

  private:
    void carry_out(group::effects effects);

    io::shard& home_;
    group::group_core core_;
    waiting_room<group::any_response> waiting_;
    state_log log_;
};

}  // namespace weir::broker::coordinator
