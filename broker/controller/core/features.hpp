// Feature levels (KIP-584): what this program can do, what a new cluster starts with, and whether a
// level may be changed to another. The one table of them; ApiVersions and UpdateFeatures read it.
// Pure.
//
// A feature that the metadata log says nothing of has level 0: it came after the data directory was
// formatted, or was taken back, and stays off until a user upgrades it.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "broker/protocol/ids.hpp"

namespace weir::broker::controller {

class metadata_image;

struct feature_range {
    const char* name;
    std::int16_t min_level;
    std::int16_t max_level;
    std::int16_t initial_level;  // finalized when a cluster is formatted; 0: not finalized
};

inline constexpr std::string_view metadata_version_feature = "metadata.version";

// metadata.version 30 is Kafka's 4.3-IV0. Features whose APIs are not served are not listed.
// kraft.version stays at 0: the voters of the quorum are those of the configuration.
inline std::span<const feature_range> served_features() {
    static constexpr feature_range features[] = {
        {"group.version", 0, 1, 1},
        {"kraft.version", 0, 0, 0},
        {"metadata.version", 7, 30, 30},
        {"transaction.version", 0, 2, 2},
    };
    return features;
}

// How a level is changed; the numbers are those of UpdateFeatures.
enum class feature_change : std::int8_t { upgrade = 1, safe_downgrade = 2, unsafe_downgrade = 3 };

struct feature_update {
    std::string name;
    std::int16_t level = 0;
    std::int8_t type = 1;  // of feature_change, as it came
};

// Why the update is refused, in the words of Kafka's controller `local` (all are
// INVALID_UPDATE_VERSION); nothing when it can be done. metadata.version does not go back over a
// level that changed what is stored, not even unsafely.
std::expected<void, std::string> check_feature_update(const metadata_image& image, node_id local,
                                                      const feature_update& wanted);

}  // namespace weir::broker::controller
