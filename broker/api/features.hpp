// Feature levels (KIP-584): what this broker can do, and what a new cluster starts with.
#pragma once

#include <cstdint>
#include <span>

namespace weir::broker::api {

struct feature_range {
    const char* name;
    std::int16_t min_level;
    std::int16_t max_level;
    std::int16_t initial_level;  // finalized when a cluster is formatted; 0: not finalized
};

// metadata.version 30 is Kafka's 4.3-IV0. Features whose APIs are not served are not listed.
inline std::span<const feature_range> served_features() {
    static constexpr feature_range features[] = {
        {"group.version", 0, 1, 1},
        {"kraft.version", 0, 1, 0},
        {"metadata.version", 7, 30, 30},
        {"transaction.version", 0, 2, 2},
    };
    return features;
}

}  // namespace weir::broker::api
