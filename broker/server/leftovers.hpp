// Directories under the root that belong to no topic any more: a crash came between the removal of
// a topic in the metadata log and that of its files.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "broker/controller/core/metadata_image.hpp"
#include "broker/io/disk.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::server {

// Gives the directories of topics that the metadata log has removed, renamed out of the way, to be
// removed. Partitions of topics that it never knew are renamed to `<directory>.<id>-stray` and
// kept; directories that are no partitions are left alone.
std::vector<std::string> find_leftovers(io::disk& disk, const controller::metadata_image& image,
                                        const std::unordered_set<topic_id>& removed);

}  // namespace weir::broker::server
