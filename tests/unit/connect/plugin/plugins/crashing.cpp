// Crashes while it is loaded.
#include <csignal>

namespace {
struct crasher {
    crasher() { ::raise(SIGSEGV); }
};
const crasher at_load;
}  // namespace
