// What a crash left of a swap (README.md).
#pragma once

#include <string>

#include "broker/io/disk.hpp"

namespace weir::broker::log::cleaning {

// Removes `.cleaned` files of a partition's directory, and puts `.swap` files in their place where
// they fit; before its segments are looked for.
io::disk_result<void> finish_swaps(io::disk& disk, const std::string& directory);

}  // namespace weir::broker::log::cleaning
