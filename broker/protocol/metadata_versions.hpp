// The levels of the feature metadata.version (metadata_versions.tbl), by rising level, without
// gaps. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace weir::broker::protocol {

struct metadata_version {
    std::int16_t level;
    std::string_view name;  // "4.3-IV0"
    bool changes_metadata;
};

inline std::span<const metadata_version> metadata_versions() {
    static constexpr metadata_version versions[] = {
#define X(level, name, changes) {level, name, changes},
#include "broker/protocol/metadata_versions.tbl"
#undef X
    };
    return versions;
}

}  // namespace weir::broker::protocol
