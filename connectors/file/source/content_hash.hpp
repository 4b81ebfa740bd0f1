// content_hash: 64 bits by which bytes of a file are known again. It is stored in positions: its
// results must never change. Pure. Not against forgers.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::connectors::file {

inline std::uint64_t content_hash(std::string_view bytes) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15ULL;
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ (bytes.size() * odd);
    const auto mix = [&](std::uint64_t word) {
        hash = (hash ^ word) * odd;
        hash ^= hash >> 32;
    };
    while (bytes.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        mix(word);
        bytes.remove_prefix(8);
    }
    if (!bytes.empty()) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), bytes.size());
        mix(word);
    }
    hash *= odd;
    return hash ^ (hash >> 29);
}

}  // namespace weir::connectors::file
