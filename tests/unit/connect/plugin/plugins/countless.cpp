// Claims a number of connectors that cannot be.
#include "connect/abi/plugin.h"

extern "C" __attribute__((visibility("default"))) const weir_plugin* weir_plugin_entry(uint32_t) {
    static const weir_plugin plugin = {
        sizeof(weir_plugin), WEIR_ABI_VERSION, {"x", 1}, 1U << 30, 0, nullptr};
    return &plugin;
}
