// Was built for another version of the ABI.
#include "connect/abi/plugin.h"

extern "C" __attribute__((visibility("default"))) const weir_plugin* weir_plugin_entry(uint32_t) {
    static const weir_plugin plugin = {
        sizeof(weir_plugin), WEIR_ABI_VERSION + 1, {}, 0, 0, nullptr};
    return &plugin;
}
