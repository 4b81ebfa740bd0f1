// Gives a table whose pointers lead nowhere.
#include "connect/abi/plugin.h"

extern "C" __attribute__((visibility("default"))) const weir_plugin* weir_plugin_entry(uint32_t) {
    static weir_plugin plugin = {
        sizeof(weir_plugin), WEIR_ABI_VERSION, {"garbage", 7}, 3, 0, nullptr};
    plugin.connectors = reinterpret_cast<const weir_connector* const*>(0x10);
    return &plugin;
}
