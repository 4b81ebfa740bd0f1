// typed_settings: texts as a connector's options want them, as the host would hand them over.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connect/plugin/component_settings.hpp"

namespace weir::conformance {

using texts = std::vector<std::pair<std::string, std::string>>;

// A text as the value of an option: "10s", "64MiB", "true", "a,b" for a list, "k=v;k=v" for a map.
// Nothing when it is none.
std::optional<connect::plugin::component_setting> typed(const weir_option& option,
                                                        std::string_view text);

// What is written, and the defaults of what is not. What is no value of its option, or has none,
// is left out.
connect::plugin::component_settings settings_of(const weir_connector& connector,
                                                const texts& written, const std::string& data_dir);

}  // namespace weir::conformance
