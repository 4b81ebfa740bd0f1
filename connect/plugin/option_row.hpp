// option_row: an option of a component: of its connector's table, or one that all components have.
// Reading a value of the pipeline file by it. Pure.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "connect/plugin/component_settings.hpp"

namespace weir::connect::plugin {

struct option_row {
    std::string_view name;
    weir_option_type type = WEIR_OPTION_STRING;
    std::optional<std::string_view> initial = {};
    std::string_view valid = {};  // "1..", "1..9|-1", "1s..1h", "a|b|c"
    bool required = false;
    bool accepted = false;  // known, without effect; `text` says what to use instead
    std::string_view text = {};
};

// Views the connector's tables, which have been checked (check_connector).
std::vector<option_row> rows_of(const weir_connector& from);

// "duration", "list": as documents and errors name a type.
std::string_view type_name(weir_option_type type);
// "a duration, as \"10s\"": what an option of this type needs.
std::string_view wanted(weir_option_type type);

// The error says what is needed, and the value only when it is no secret.
std::expected<component_setting, std::string> read_value(const option_row& of,
                                                         const config::document_value& value);
// Of a MAP: the entries below its name.
std::expected<component_setting, std::string> read_map(const option_row& of,
                                                       std::span<const config::flat_entry> entries);
// Nothing when the option has no default; the error when its default is none (a broken plugin).
std::expected<std::optional<component_setting>, std::string> read_initial(const option_row& of);

}  // namespace weir::connect::plugin
