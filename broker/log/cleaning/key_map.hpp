// key_map: the newest offset of each key that was put in, within a budget of memory. It grows with
// its keys; when there is no room for one more, put() says so. Pure.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "broker/log/cleaning/key_hash.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::log::cleaning {

class key_map {
  public:
    // `memory_max`: bytes, also while it grows. There is always room for a few keys.
    explicit key_map(std::size_t memory_max);

    // Offsets come in order. False: no room for a new key, nothing is changed.
    bool put(const key_hash& key, offset at);
    // no_offset: not in the map.
    offset find(const key_hash& key) const;

    std::size_t size() const { return size_; }
    std::size_t memory() const { return entries_.size() * sizeof(entry); }

  private:
    struct entry {
        key_hash key;
        offset at = no_offset;  // no_offset: free
    };

    const entry& place_of(const key_hash& key) const;
    entry& place_of(const key_hash& key) {
        return const_cast<entry&>(std::as_const(*this).place_of(key));
    }
    bool make_room();

    std::size_t entries_max_;
    std::size_t size_ = 0;
    std::vector<entry> entries_;
};

}  // namespace weir::broker::log::cleaning
