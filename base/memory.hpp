// memory: how the C library keeps what is freed. Gateway to malloc.
#pragma once

namespace weir::base {

// For the whole process, before threads start: large blocks go back to the system when they are
// freed, and so does what was freed at the end of the heap. By default the C library learns from
// large blocks to keep up to 64 MiB of them.
void keep_memory_small();

// Gives the system what was freed in the middle of the heap, too. Takes milliseconds: after a
// burst.
void give_back_freed_memory();

}  // namespace weir::base
