// Ends the process while it is loaded.
#include <cstdlib>

namespace {
struct quitter {
    quitter() { std::_Exit(0); }
};
const quitter at_load;
}  // namespace
