// The two columns of `--help`: options with their values on the left, what they do on the right,
// 80 characters wide, wrapped at blanks and hyphens. Pure.
#pragma once

#include <span>
#include <string>

#include "cli/tools/options.hpp"

namespace weir::cli::tools {

std::string usage_text(std::span<const option> options);

}  // namespace weir::cli::tools
