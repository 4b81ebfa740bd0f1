// The order in which Java's HashMap gives its keys back. Kafka's tools print some things in it, and
// whoever compares outputs sees it; it depends on nothing but the keys and how many there are.
// Pure.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::cli::tools {

// String.hashCode() of a text in ASCII.
std::int32_t java_hash(std::string_view text);

// The number of buckets of a HashMap made for `expected` entries (16 when it was not told) that
// holds `count` of them.
std::size_t java_buckets(std::size_t count, std::size_t expected = 12);

// Sorts `items`, which are in the order of their insertion, by the bucket of their hash.
template <class T, class Hash>
void sort_as_hash_map(std::vector<T>& items, Hash hash, std::size_t buckets) {
    std::vector<std::pair<std::size_t, std::size_t>> places;  // bucket, order of insertion
    for (const auto& item : items) {
        const auto bits = static_cast<std::uint32_t>(hash(item));
        places.emplace_back((bits ^ bits >> 16U) & (buckets - 1), places.size());
    }
    std::ranges::sort(places);
    std::vector<T> sorted;
    sorted.reserve(items.size());
    for (const auto& [bucket, place] : places)
        sorted.push_back(std::move(items[place]));
    items = std::move(sorted);
}

}  // namespace weir::cli::tools
