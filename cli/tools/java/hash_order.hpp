// hash_order: the order in which Java goes through a HashMap or a HashSet. Kafka's tools print the
// content of such maps as it comes, so that their output can only be matched with the same order.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::cli::tools::java {

// String.hashCode: over the UTF-16 units of the text.
std::int32_t hash_of(std::string_view text);
// TopicPartition.hashCode.
std::int32_t hash_of(std::string_view topic, std::int32_t partition);

// The bucket of a hash in a table of `capacity` (a power of two) buckets.
inline std::uint32_t bucket_of(std::int32_t hash, std::uint32_t capacity) {
    const auto bits = static_cast<std::uint32_t>(hash);
    return (bits ^ (bits >> 16)) & (capacity - 1);
}

// The buckets of a map that grew to `size` entries one by one: 16, doubled at three quarters.
inline std::uint32_t capacity_for(std::size_t size) {
    std::uint32_t capacity = 16;
    while (size > capacity / 4 * 3)
        capacity *= 2;
    return capacity;
}

// The same of a map that was made with room for `expected` entries: the next power of two.
inline std::uint32_t capacity_for(std::size_t size, std::size_t expected) {
    std::uint32_t capacity = std::bit_ceil(static_cast<std::uint32_t>(std::max(expected, 1UZ)));
    while (size > capacity * 3UZ / 4)
        capacity *= 2;
    return capacity;
}

// Puts `items`, which are in the order of insertion and have different keys, into the order of a
// map of `capacity` buckets. `hash` gives the hash of an item's key.
template <class Item, class Hash>
void sort_as_hash_map(std::vector<Item>& items, Hash hash, std::uint32_t capacity) {
    std::vector<std::pair<std::uint32_t, std::size_t>> order;
    for (std::size_t at = 0; at < items.size(); ++at)
        order.emplace_back(bucket_of(hash(items[at]), capacity), at);
    std::ranges::sort(order);
    std::vector<Item> sorted;
    sorted.reserve(items.size());
    for (const auto& [bucket, at] : order)
        sorted.push_back(std::move(items[at]));
    items = std::move(sorted);
}

// The order of a map that grew one by one.
template <class Item, class Hash>
void sort_as_hash_map(std::vector<Item>& items, Hash hash) {
    sort_as_hash_map(items, hash, capacity_for(items.size()));
}

}  // namespace weir::cli::tools::java
