// posix_disk: the real files below a directory.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "broker/io/disk.hpp"

namespace weir::broker::io {

// Opens the directory `root`, making it (and its parents) when missing.
disk_result<std::unique_ptr<disk>> open_posix_disk(const std::string& root);

}  // namespace weir::broker::io
