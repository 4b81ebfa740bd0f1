// frame_buffer: memory for one request, grown as its bytes arrive and never zeroed.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#include "base/bytes.hpp"

namespace weir::broker::network {

class frame_buffer {
  public:
    std::size_t capacity() const { return capacity_; }
    // Keeps the content. realloc moves large blocks by their pages, without copying.
    void grow(std::size_t capacity) {
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

}  // namespace weir::broker::network
