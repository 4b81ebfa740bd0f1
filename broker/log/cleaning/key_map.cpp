#include "broker/log/cleaning/key_map.hpp"

#include <algorithm>
#include <utility>

namespace weir::broker::log::cleaning {
namespace {

constexpr std::size_t entries_at_first = 64;
// Linear probing is slow in a table that is nearly full. At its final size it may be fuller
// (log.cleaner.io.buffer.load.factor of Kafka).
constexpr std::size_t filled_percent = 75;
constexpr std::size_t filled_percent_at_last = 90;

}  // namespace

key_map::key_map(std::size_t memory_max)
    : entries_max_(std::max(memory_max / sizeof(entry), entries_at_first)),
      entries_(entries_at_first) {}

// Where the key is, or would be.
const key_map::entry& key_map::place_of(const key_hash& key) const {
    using wide = unsigned __int128;
    auto at = static_cast<std::size_t>((wide{key.high} * entries_.size()) >> 64U);
    while (entries_[at].at != no_offset && entries_[at].key != key)
        at = at + 1 == entries_.size() ? 0 : at + 1;
    return entries_[at];
}

// The old table and the grown one are there at one time.
bool key_map::make_room() {
    if (size_ * 100 < entries_.size() * filled_percent) return true;
    const auto grown = std::min(entries_.size() * 2, entries_max_ - entries_.size());
    if (grown <= entries_.size() + entries_.size() / 4) {
        return size_ * 100 < entries_.size() * filled_percent_at_last;
    }
    auto old = std::exchange(entries_, std::vector<entry>(grown));
    for (const auto& each : old) {
        if (each.at != no_offset) place_of(each.key) = each;
    }
    return true;
}

bool key_map::put(const key_hash& key, offset at) {
    auto* place = &place_of(key);
    if (place->at == no_offset) {
        if (!make_room()) return false;
        place = &place_of(key);
        ++size_;
    }
    *place = {.key = key, .at = at};
    return true;
}

offset key_map::find(const key_hash& key) const {
    return place_of(key).at;
}

}  // namespace weir::broker::log::cleaning
