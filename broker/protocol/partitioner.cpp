#include "broker/protocol/partitioner.hpp"

#include <cstring>

namespace weir::broker::protocol {
namespace {

// Calls visit(unit) for each UTF-16 unit of UTF-8 text, as Java counts characters. A byte that is
// not UTF-8 becomes the replacement character.
template <class Visit>
void for_each_utf16(std::string_view text, Visit visit) {
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t size = lead < 0x80       ? 1
                                 : lead >> 5 == 6  ? 2
                                 : lead >> 4 == 14 ? 3
                                 : lead >> 3 == 30 ? 4
                                                   : 0;
        if (size == 0 || at + size > text.size()) {
            visit(std::uint32_t{0xfffd});
            ++at;
            continue;
        }
        std::uint32_t point = size == 1 ? lead : lead & (0xffU >> (size + 1));
        for (std::size_t index = 1; index < size; ++index) {
            point = point << 6 | (static_cast<unsigned char>(text[at + index]) & 0x3fU);
        }
        at += size;
        if (point < 0x10000) {
            visit(point);
        } else {
            visit(0xd800 + ((point - 0x10000) >> 10));
            visit(0xdc00 + ((point - 0x10000) & 0x3ff));
        }
    }
}

}  // namespace

std::int32_t murmur2(base::bytes_view key) {
    constexpr std::uint32_t seed = 0x9747b28c;
    constexpr std::uint32_t mix = 0x5bd1e995;
    std::uint32_t hash = seed ^ static_cast<std::uint32_t>(key.size());
    while (key.size() >= 4) {
        std::uint32_t word;
        std::memcpy(&word, key.data(), 4);
        word *= mix;
        word ^= word >> 24;
        word *= mix;
        hash = hash * mix ^ word;
        key = key.subspan(4);
    }
    for (std::size_t index = key.size(); index-- > 0;) {
        hash ^= static_cast<std::uint32_t>(key[index]) << (8 * index);
    }
    if (!key.empty()) hash *= mix;
    hash ^= hash >> 13;
    hash *= mix;
    hash ^= hash >> 15;
    return static_cast<std::int32_t>(hash);
}

partition_index partition_of_key(base::bytes_view key, std::int32_t partitions) {
    return partition_index((murmur2(key) & 0x7fffffff) % partitions);
}

partition_index partition_of_id(std::string_view id, std::int32_t partitions) {
    std::uint32_t hash = 0;
    for_each_utf16(id, [&hash](std::uint32_t unit) { hash = hash * 31 + unit; });
    const auto code = static_cast<std::int32_t>(hash);
    // Java's Math.abs keeps the smallest number negative; Kafka makes it 0.
    const auto positive = code == INT32_MIN ? 0 : code < 0 ? -code : code;
    return partition_index(positive % partitions);
}

}  // namespace weir::broker::protocol
