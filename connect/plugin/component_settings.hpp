// component_settings: what the pipeline file says about one component, checked against its
// connector's options, as the plugin ABI hands it over. Secrets are among them: shown() leaves them
// out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connect/abi/plugin.h"

namespace weir::connect::plugin {

struct component_setting {
    std::string name;
    weir_option_type type = WEIR_OPTION_STRING;
    std::int64_t integer = 0;
    double real = 0;
    std::string text;
    std::vector<std::string> items;  // list: texts; map: keys and values in turn
    // As it is written in the file, before ${...} is resolved: the only form that is ever shown.
    std::string written;
    bool secret = false;  // a secret option, or a value that has something out of ${...} in it

    bool operator==(const component_setting&) const = default;
};

class component_settings {
  public:
    component_settings() = default;
    // Sorted by name.
    component_settings(std::string component, std::string data_dir,
                       std::vector<component_setting> all);

    const std::vector<component_setting>& all() const { return all_; }
    bool operator==(const component_settings&) const = default;

    // Calls `use` with the ABI's view of them, which lives for that call.
    template <class Use>
    auto with_abi(const Use& use) const {
        std::vector<weir_setting> items;
        std::vector<std::vector<weir_text>> texts;
        return use(abi_view(items, texts));
    }
    // name = value lines for logs and REST; secrets as they are written, or ****.
    std::vector<std::pair<std::string, std::string>> shown() const;

  private:
    weir_settings abi_view(std::vector<weir_setting>& items,
                           std::vector<std::vector<weir_text>>& texts) const;

    std::string component_;
    std::string data_dir_;
    std::vector<component_setting> all_;
};

}  // namespace weir::connect::plugin
