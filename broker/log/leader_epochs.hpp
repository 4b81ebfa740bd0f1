// leader_epochs: where each leader epoch began in a log (KIP-101, KIP-279, KIP-320), kept in
// Kafka's `leader-epoch-checkpoint` text file. Pure but for load and save.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "broker/io/disk.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::log {

struct epoch_start {
    leader_epoch epoch;
    offset start;
};

struct epoch_end {
    leader_epoch epoch = no_leader_epoch;
    offset end = no_offset;
};

class leader_epochs {
  public:
    // The records from `start` on are of `epoch`. True when that is news.
    bool assign(leader_epoch epoch, offset start);
    leader_epoch latest() const;
    leader_epoch epoch_of(offset at) const;
    // The largest epoch at or below the asked one, and where it ends; {-1, -1} when there is none.
    epoch_end end_of(leader_epoch asked, offset log_end) const;

    // Entries at or above `end` go; what begins below `start` begins there.
    void truncate_from_end(offset end);
    void truncate_from_start(offset start);
    void clear() { starts_.clear(); }

    // Not synced: the epochs can be read from the batches again.
    io::disk_result<void> save(io::disk& disk, const std::string& directory) const;
    // False when the file is missing or damaged (then there are no entries).
    bool load(io::disk& disk, const std::string& directory);

  private:
    std::vector<epoch_start> starts_;  // both columns ascend
};

}  // namespace weir::broker::log
