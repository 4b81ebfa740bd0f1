// Throws an exception while it is loaded.
#include <stdexcept>

namespace {
struct thrower {
    thrower() { throw std::runtime_error("no mood"); }
};
const thrower at_load;
}  // namespace
