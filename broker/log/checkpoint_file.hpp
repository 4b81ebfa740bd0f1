// Kafka's checkpoint text files: a version line (0), a count line, then one line an entry with
// fields between blanks (FORMAT.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/io/disk.hpp"

namespace weir::broker::log {

using checkpoint_rows = std::vector<std::vector<std::string>>;

std::string format_checkpoint(const checkpoint_rows& rows);
// The rows, each of `columns` fields; nothing when the text is not such a file.
std::optional<checkpoint_rows> parse_checkpoint(std::string_view text, std::size_t columns);
// Nothing when the file is missing or damaged.
std::optional<checkpoint_rows> read_checkpoint(io::disk& disk, const std::string& path,
                                               std::size_t columns);
std::optional<std::int64_t> parse_number(std::string_view text);

}  // namespace weir::broker::log
