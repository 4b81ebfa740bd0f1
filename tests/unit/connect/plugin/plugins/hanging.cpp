// Does not come back from being loaded.
#include <unistd.h>

namespace {
struct waiter {
    waiter() {
        while (true)
            ::pause();
    }
};
const waiter at_load;
}  // namespace
