#include "base/crc32c.hpp"

#include <isa-l/crc.h>

#include <algorithm>

namespace weir::base {

std::uint32_t crc32c(bytes_view data, std::uint32_t seed) {
    // crc32_iscsi takes an int length: feed it in pieces. It never writes through its pointer.
    constexpr std::size_t piece_max = 1U << 30;
    std::uint32_t state = ~seed;
    while (!data.empty()) {
        const auto piece = data.first(std::min(data.size(), piece_max));
        auto* start = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(piece.data()));
        state = crc32_iscsi(start, static_cast<int>(piece.size()), state);
        data = data.subspan(piece.size());
    }
    return ~state;
}

}  // namespace weir::base
