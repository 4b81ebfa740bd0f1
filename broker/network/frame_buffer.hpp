// frame_buffer: memory for one request, grown as its bytes arrive and never zeroed.
// frame_pool: blocks of earlier appends for the next ones. Memory that is asked of the system anew
// for each large request costs a page fault every 4 KiB.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace weir::broker::network {

class frame_buffer {
  public:
    std::size_t capacity() const { return capacity_; }
    // Keeps the content. realloc moves large blocks by their pages, without copying.
    void grow(std::size_t capacity) {
        if (capacity <= capacity_) return;
        auto* grown = static_cast<std::byte*>(std::realloc(memory_.get(), capacity));
        if (grown == nullptr) throw std::bad_alloc();
        (void)memory_.release();
        memory_.reset(grown);
        capacity_ = capacity;
    }
    base::mutable_bytes all() { return {memory_.get(), capacity_}; }

  private:
    struct free_memory {
        void operator()(std::byte* memory) const { std::free(memory); }
    };
    std::unique_ptr<std::byte, free_memory> memory_;
    std::size_t capacity_ = 0;
};

// Shard-local. What it keeps is bounded, and no request's: a client cannot make it grow.
class frame_pool {
  public:
    // A block for a request of `size` bytes that is not much larger, or an empty one.
    frame_buffer take(std::size_t size) {
        const auto fits = [size](const frame_buffer& each) { return each.capacity() / 2 <= size; };
        const auto found = std::find_if(kept_.rbegin(), kept_.rend(), fits);
        if (found == kept_.rend()) return {};
        auto block = std::move(*found);
        kept_.erase(std::prev(found.base()));
        kept_bytes_ -= block.capacity();
        return block;
    }
    void give_back(frame_buffer block) {
        const bool useful = block.capacity() >= block_min && block.capacity() <= block_max;
        if (!useful || kept_bytes_ + block.capacity() > kept_max) return;
        kept_bytes_ += block.capacity();
        kept_.push_back(std::move(block));
    }

    static constexpr std::size_t block_min = 64UL * 1024;
    static constexpr std::size_t block_max = 8UL * 1024 * 1024;
    static constexpr std::size_t kept_max = 16UL * 1024 * 1024;

  private:
    std::vector<frame_buffer> kept_;
    std::size_t kept_bytes_ = 0;
};

}  // namespace weir::broker::network
