// The root of a node's data: the lock, `meta.properties` (which cluster and node the data is of),
// the checkpoint files, and the marker of a clean stop. Kafka's names and forms
// (broker/log/FORMAT.md).
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "broker/io/disk.hpp"
#include "broker/protocol/ids.hpp"
#include "broker/replication/replica_manager.hpp"

namespace weir::broker::server {

struct identity {
    std::string cluster_id;
    node_id node;
    std::string directory_id;
};

// Reads meta.properties, or makes it for an empty directory (format). `wanted.cluster_id` may be
// empty; what is set must agree with what is there.
std::expected<identity, std::string> open_identity(io::disk& disk, const identity& wanted);

// What the last run wrote; takes the marker of a clean stop away (durably).
std::expected<replication::recovered_checkpoints, std::string> read_checkpoints(io::disk& disk);

using checkpoint_row = replication::replica_manager::checkpoint_row;
// Writes the checkpoint files.
io::disk_result<void> write_checkpoints(io::disk& disk, const std::vector<checkpoint_row>& rows);
io::disk_result<void> mark_clean_stop(io::disk& disk);

// Holds the lock file of the directory; the error says who else may have it.
class directory_lock {
  public:
    static std::expected<directory_lock, std::string> take(const std::string& root);
    directory_lock(directory_lock&& other) noexcept;
    directory_lock& operator=(directory_lock&&) = delete;
    ~directory_lock();

  private:
    explicit directory_lock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace weir::broker::server
