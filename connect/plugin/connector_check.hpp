// connector_check: asks a connector what is wrong with its settings, beyond what its options say.
#pragma once

#include <string>
#include <vector>

#include "connect/plugin/component_settings.hpp"

namespace weir::connect::plugin {

struct finding {
    std::string option;  // empty: about the component
    std::string reason;
};

// With `reach` it also looks whether files, servers and rights are there, which may take a while.
// What a connector says may have secrets in it.
std::vector<finding> check_settings(const weir_connector& of, const component_settings& settings,
                                    bool reach);

}  // namespace weir::connect::plugin
