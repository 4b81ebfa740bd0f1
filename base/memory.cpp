#include "base/memory.hpp"

#include <malloc.h>

namespace weir::base {

void keep_memory_small() {
    constexpr int mapped_from = 512 * 1024;
    constexpr int kept_at_the_end = 16 * 1024 * 1024;
    ::mallopt(M_MMAP_THRESHOLD, mapped_from);
    ::mallopt(M_TRIM_THRESHOLD, kept_at_the_end);
}

void give_back_freed_memory() {
    ::malloc_trim(0);
}

}  // namespace weir::base
