// The directory of a topic's partition: its log, and `partition.metadata`, which says of which
// topic id the files are (KIP-516): a topic made again under an old name does not get the old
// records.
#pragma once

#include <memory>

#include "broker/log/partition_log.hpp"

namespace weir::broker::log {

// Opens the log of a partition of the topic `id`. A directory that belongs to another topic id is
// moved out of the way first (`<directory>.<old id>-stray`).
io::disk_result<std::unique_ptr<partition_log>> open_for_topic(io::disk& disk, batch_memory& memory,
                                                               open_options options,
                                                               const topic_id& id);

}  // namespace weir::broker::log
