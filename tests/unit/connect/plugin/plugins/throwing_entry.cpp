// Throws an exception when it is asked what it has.
#include "connect/abi/plugin.h"

extern "C" __attribute__((visibility("default"))) const weir_plugin* weir_plugin_entry(uint32_t) {
    throw 1;
}
