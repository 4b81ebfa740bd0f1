// plugin_check: whether the tables that a plugin gives can be used: sizes, versions, pointers,
// names. Pure; follows the pointers that are there, so it runs first in a process of its own
// (probe.hpp).
#pragma once

#include <optional>
#include <string>

#include "connect/abi/plugin.h"

namespace weir::connect::plugin {

// What is wrong with them, as a sentence; nothing when all is well.
std::optional<std::string> check_plugin(const weir_plugin* given);
std::optional<std::string> check_connector(const weir_connector* given);

}  // namespace weir::connect::plugin
