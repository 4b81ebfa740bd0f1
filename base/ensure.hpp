// ensure(condition): an invariant of our own code, checked in every build.
// Never use it on what came from the wire, the disk, a file or a plugin: those are results.
#pragma once

namespace weir::base {

// Prints the failed condition and where it stands, then aborts.
[[noreturn]] void ensure_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace weir::base

#define ensure(condition)                                \
    (static_cast<bool>(condition) ? static_cast<void>(0) \
                                  : ::weir::base::ensure_failed(#condition, __FILE__, __LINE__))
