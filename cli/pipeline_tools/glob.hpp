// glob: names with * and ? as in file names. Pure.
#pragma once

#include <string_view>

namespace weir::cli::pipeline_tools {

// Whether all of `text` is what `pattern` describes: * any text, ? one byte.
bool glob_matches(std::string_view pattern, std::string_view text);
bool is_glob(std::string_view pattern);

}  // namespace weir::cli::pipeline_tools
