// units: durations and sizes as people write them: "10s", "1m30s", "64MiB". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::config {

// Milliseconds of "200ms", "10s", "5m", "1h30m", "7d"; "0" needs no unit. Nothing when it is none,
// negative or too much for 64 bits.
std::optional<std::int64_t> parse_duration(std::string_view text);

// Bytes of "4096", "4096B", "1kB" (1000), "64KiB", "64MiB", "1GiB", "2TB".
std::optional<std::int64_t> parse_size(std::string_view text);

}  // namespace weir::config
