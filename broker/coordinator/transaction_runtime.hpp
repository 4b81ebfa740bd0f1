// transaction_runtime: drives transaction_core for one partition of __transaction_state: loads it,
// appends its records, lets replies go when what was appended before them is committed, and has the
// markers of decided transactions written, as often as it takes.
// Owned by the partition's shard; every call runs there.
#pragma once

#include <expected>
#include <functional>
#include <memory>

#include "broker/coordinator/state_log.hpp"
#include "broker/coordinator/transaction/core/transaction_core.hpp"
#include "broker/coordinator/waiting_room.hpp"
#include "broker/io/task_group.hpp"

namespace weir::broker::coordinator {

// Writes a transaction's markers to its partitions, wherever they are. True when each has its own
// or is no more; false: it is to be tried again.
using marker_writer =
    std::function<io::task<bool>(transaction::marker_work, std::int32_t coordinator_epoch)>;

class transaction_runtime : public std::enable_shared_from_this<transaction_runtime> {
  public:
    transaction_runtime(io::shard& home, replication::replica_manager& replicas,
                        replication::partition_ref partition,
                        const transaction::core_options& options, marker_writer writer,
                        io::task_group& tasks);

    // Reads the whole partition; before the first ask. Begins to write the markers that are
    // missing.
    error_code load();

    using step = std::function<void(transaction::transaction_core&, transaction::request_token,
                                    transaction::time_ms, transaction::effects&)>;
    // Runs a step that answers `token`, and waits for the answer. The error when the answer cannot
    // be made durable any more.
    io::task<std::expected<transaction::answer, error_code>> ask(step call);
    // Runs a step that reads; its result counts when all it may have seen is committed.
    io::task<error_code> read(std::function<void(const transaction::transaction_core&)> call);

    // Waits while the id's transaction is ending: its markers are being written. False at once when
    // it is not.
    io::task<bool> wait_for_end(std::string transactional_id, io::time_point deadline);

    // Steps without a request.
    void tick();
    void expire_ids();
    const transaction::transaction_core& core() const { return core_; }
    // The partition is no more: everyone who waits gets `error`, no marker is tried again.
    void fail(error_code error) { log_.fail(error); }
    bool is_failed() const { return log_.is_failed(); }

  private:
    void carry_out(transaction::effects effects);
    static io::task<void> finish(std::shared_ptr<transaction_runtime> self,
                                 transaction::marker_work work);

    io::shard& home_;
    transaction::transaction_core core_;
    marker_writer write_;
    io::task_group& tasks_;
    waiting_room<transaction::answer> waiting_;
    io::condition ended_;  // some transaction
    state_log log_;
};

}  // namespace weir::broker::coordinator
