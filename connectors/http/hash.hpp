// hash: hashes of texts and of a record's place, the same in every process. Pure.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "connect/sdk/outcome.hpp"

namespace weir::connectors::http {

inline constexpr std::uint64_t hash_seed = 0x243f6a8885a308d3U;

inline std::uint64_t hash_of_number(std::uint64_t number, std::uint64_t seed) {
    std::uint64_t hash = (seed ^ number) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93U;
    return hash ^ (hash >> 29);
}

// Eight bytes at a time; the length is part of it.
inline std::uint64_t hash_of_text(std::string_view text, std::uint64_t seed) {
    auto hash = hash_of_number(text.size(), seed);
    while (text.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), 8);
        hash = hash_of_number(word, hash);
        text.remove_prefix(8);
    }
    std::uint64_t rest = 0;
    if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
    return text.empty() ? hash : hash_of_number(rest, hash);
}

// Topic, partition and offset.
inline std::uint64_t hash_of_place(const weir_record& of, std::uint64_t seed) {
    const auto topic = hash_of_text(sdk::view(of.topic), seed);
    const auto partition = hash_of_number(static_cast<std::uint32_t>(of.partition), topic);
    return hash_of_number(static_cast<std::uint64_t>(of.offset), partition);
}

}  // namespace weir::connectors::http
