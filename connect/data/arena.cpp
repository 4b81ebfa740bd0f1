#include "connect/data/arena.hpp"

#include <algorithm>

namespace weir::connect::data {
namespace {
constexpr std::size_t block_bytes = std::size_t{64} << 10;
}

void arena::add_block(std::size_t size) {
    blocks_.push_back({.memory = std::make_unique_for_overwrite<std::byte[]>(size), .size = size});
    size_bytes_ += size;
}

void* arena::take(std::size_t size, std::size_t alignment) {
    for (; current_ < blocks_.size(); ++current_, used_ = 0) {
        // Blocks come from new, aligned for everything.
        const auto at = (used_ + alignment - 1) & ~(alignment - 1);
        if (at <= blocks_[current_].size && size <= blocks_[current_].size - at) {
            used_ = at + size;
            return blocks_[current_].memory.get() + at;
        }
    }
    // Each block is twice the one before, up to a bound: few blocks for large batches.
    const auto grown =
        blocks_.empty() ? block_bytes : std::min(blocks_.back().size * 2, block_bytes * 64);
    add_block(std::max(size, grown));
    current_ = blocks_.size() - 1;
    used_ = size;
    return blocks_[current_].memory.get();
}

void arena::clear(std::size_t kept_bytes) {
    current_ = 0;
    used_ = 0;
    while (!blocks_.empty() && size_bytes_ > kept_bytes) {
        size_bytes_ -= blocks_.back().size;
        blocks_.pop_back();
    }
}

}  // namespace weir::connect::data
