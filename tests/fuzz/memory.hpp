// How much memory a piece of code takes at most: counted by the sanitizer's allocator hooks. Builds
// without a sanitizer count nothing, and nothing is checked there.
#pragma once

#include <cstddef>

namespace weir::fuzz {

// Counts from its construction on, in the thread that made it.
class memory_scope {
  public:
    memory_scope();
    ~memory_scope();
    memory_scope(const memory_scope&) = delete;
    memory_scope& operator=(const memory_scope&) = delete;

    // The most bytes that were allocated and not given back at one time.
    std::size_t peak() const;
};

}  // namespace weir::fuzz
