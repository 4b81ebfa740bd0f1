#include "cli/tools/java_order.hpp"

namespace weir::cli::tools {

std::int32_t java_hash(std::string_view text) {
    std::uint32_t hash = 0;
    for (const char letter : text)
        hash = hash * 31 + static_cast<unsigned char>(letter);
    return static_cast<std::int32_t>(hash);
}

// The table is the next power of two, and doubles when it is more than three quarters full.
std::size_t java_buckets(std::size_t count, std::size_t expected) {
    std::size_t buckets = std::bit_ceil(std::max<std::size_t>(expected, 1));
    while (count > buckets * 3 / 4)
        buckets *= 2;
    return buckets;
}

}  // namespace weir::cli::tools
