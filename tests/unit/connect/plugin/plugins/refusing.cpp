// Wants another host.
#include "connect/abi/plugin.h"

extern "C" __attribute__((visibility("default"))) const weir_plugin* weir_plugin_entry(uint32_t) {
    return nullptr;
}
