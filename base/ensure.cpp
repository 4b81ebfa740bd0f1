#include "base/ensure.hpp"

#include <cstdio>
#include <cstdlib>

namespace weir::base {

void ensure_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: ensure(%s) failed\n", file, line, condition);
    std::abort();
}

}  // namespace weir::base
