// metadata_log: the replicated log of the cluster's metadata, `__cluster_metadata-0`.
// A quorum of one for now: this node is the only voter, so it leads from the start; each start is a
// new epoch (a LeaderChange control record opens it), and what is synced is committed.
// The files are Kafka's: the log itself, and `quorum-state` (JSON, KIP-595).
// When it cannot be written any more nothing can be committed until the node starts again: the
// metadata stays as it is, and the rest of the node goes on with it.
// Owned by one shard; every call runs there.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "broker/io/blocking.hpp"
#include "broker/io/condition.hpp"
#include "broker/io/disk.hpp"
#include "broker/log/partition_log.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::raft {

// Its row in the checkpoint files.
inline constexpr const char* metadata_topic = "__cluster_metadata";

struct committed {
    offset last_offset;
    leader_epoch epoch;
};

class metadata_log {
  public:
    // Opens the log, cutting a torn tail. What lies below the recovery point was synced: when it is
    // damaged or missing the log is not opened, since without it topics would vanish. The error is
    // a sentence with the file.
    static std::expected<std::unique_ptr<metadata_log>, std::string> open(io::disk& disk,
                                                                          io::shard& home,
                                                                          node_id self,
                                                                          offset recovery_point);

    // Calls `each` for the value of every data record, in order; stops at its first error.
    using record_sink = std::function<std::expected<void, std::string>(base::bytes_view value)>;
    std::expected<void, std::string> replay(const record_sink& each);
    // Begins the epoch of this start; blocks until it is durable. Once, after replay.
    std::expected<void, std::string> become_leader();

    // Appends the values as one batch (all or nothing), before the first suspension; done when
    // they are committed.
    io::task<std::expected<committed, std::string>> append(std::vector<base::bytes> values);

    bool is_offline() const { return !failure_.empty(); }
    // Why; empty while all is well.
    const std::string& failure() const { return failure_; }
    leader_epoch epoch() const { return epoch_; }
    offset high_watermark() const { return high_watermark_; }
    node_id self() const { return self_; }
    // Waits for the syncs under way; nothing is appended any more.
    io::task<void> stop();

  private:
    metadata_log(io::disk& disk, io::shard& home, node_id self,
                 std::unique_ptr<log::batch_memory> memory,
                 std::unique_ptr<log::partition_log> log);

    std::expected<offset, std::string> write(base::bytes batch);
    std::expected<void, std::string> write_quorum_state();
    void start_sync();
    void finish_sync(offset up_to, const io::disk_result<void>& outcome);
    void fail(std::string reason);

    io::disk& disk_;
    io::shard& home_;
    node_id self_;
    std::unique_ptr<log::batch_memory> memory_;
    std::unique_ptr<log::partition_log> log_;
    leader_epoch epoch_{0};
    offset high_watermark_;
    std::string failure_;  // why nothing can be committed any more
    bool syncing_ = false;
    io::condition progress_;
    io::blocking_thread sync_thread_;
};

}  // namespace weir::broker::raft
