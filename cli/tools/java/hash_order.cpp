#include "cli/tools/java/hash_order.hpp"

#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::java {

std::int32_t hash_of(std::string_view text) {
    std::uint32_t hash = 0;
    for (const auto unit : utf16_units(text))
        hash = hash * 31 + unit;
    return static_cast<std::int32_t>(hash);
}

std::int32_t hash_of(std::string_view topic, std::int32_t partition) {
    const auto hash = (31U + static_cast<std::uint32_t>(partition)) * 31U +
                      static_cast<std::uint32_t>(hash_of(topic));
    return static_cast<std::int32_t>(hash);
}

}  // namespace weir::cli::tools::java
