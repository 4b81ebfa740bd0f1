// What a crash left of a swap (README.md).
#pragma once

#include <string>
#include <vector>

#include "broker/io/disk.hpp"

namespace weir::broker::log::cleaning {

// Removes `.cleaned` files of a partition's directory, and puts `.swap` files in their place where
// they fit; before its segments are looked for. `entries` are what the directory has; true when it
// has others now.
io::disk_result<bool> finish_swaps(io::disk& disk, const std::string& directory,
                                   const std::vector<io::directory_entry>& entries);

}  // namespace weir::broker::log::cleaning
