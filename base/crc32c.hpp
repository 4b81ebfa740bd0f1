// CRC-32C (Castagnoli), as in Kafka's record batch v2. Gateway to ISA-L.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace weir::base {

// The checksum of data; pass the last result as `seed` to go on over several pieces.
std::uint32_t crc32c(bytes_view data, std::uint32_t seed = 0);

}  // namespace weir::base
