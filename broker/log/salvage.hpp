// What is behind the first bad batch of a file: nothing but the rest of a torn write, or batches
// that were whole once and must not be thrown away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "broker/io/disk.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::log {

// Whether a whole batch with a right checksum and offsets from `least` on begins anywhere in
// [from, end).
io::disk_result<bool> has_whole_batch(const io::file& in, std::uint64_t from, std::uint64_t end,
                                      offset least);

// Copies [from, end) into a file of its own, all or nothing, piece by piece.
io::disk_result<void> copy_aside(io::disk& disk, const io::file& in, std::uint64_t from,
                                 std::uint64_t end, const std::string& path);

}  // namespace weir::broker::log
