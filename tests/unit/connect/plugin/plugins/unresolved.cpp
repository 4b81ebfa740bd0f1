// Needs a function that nobody has.
#include "connect/abi/plugin.h"

extern "C" int weir_test_function_of_nobody();

extern "C" __attribute__((visibility("default"))) const weir_plugin* weir_plugin_entry(uint32_t) {
    weir_test_function_of_nobody();
    return nullptr;
}
