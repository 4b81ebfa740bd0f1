// nearest_name: what somebody may have meant who misspelt a name. Pure.
#pragma once

#include <span>
#include <string_view>

namespace weir::config {

// The one of the names that is nearest; empty when none is near.
std::string_view nearest_of(std::span<const std::string_view> names, std::string_view name);

}  // namespace weir::config
