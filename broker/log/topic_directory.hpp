// The directory of a topic's partition: its log, and `partition.metadata`, which says of which
// topic id the files are (KIP-516): a topic made again under an old name does not get the old
// records.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "broker/log/partition_log.hpp"

namespace weir::broker::log {

// Whether the metadata log has removed a topic of this id.
using removed_topics = std::function<bool(const topic_id&)>;

// Opens the log of a partition of the topic `id`. A directory of a removed topic is moved out of
// the way first (deleted_directory); with any other id in it the partition is not opened: somebody
// has mixed up directories, or partition.metadata is damaged.
io::disk_result<std::unique_ptr<partition_log>> open_for_topic(io::disk& disk, batch_memory& memory,
                                                               open_options options,
                                                               const topic_id& id,
                                                               const removed_topics& removed);

// The topic id in the directory's partition.metadata; nothing when there is none to be read.
std::optional<topic_id> topic_id_in(io::disk& disk, const std::string& directory);

// Kafka's name for the directory of a topic that was removed: "orders-0.<id>-delete".
std::string deleted_directory(const std::string& directory, const topic_id& id);

}  // namespace weir::broker::log
