// What a command line of kafka-configs wants changed. Pure, but for the file it names.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/tools/errors.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools::entities {

struct changes {
    std::map<std::string, std::string> add;
    std::vector<std::string> remove;
};

// "k1=v1,k2=[v2,v3]": brackets group a value that has commas.
tool_result<std::map<std::string, std::string>> parse_pairs(std::string_view text);

tool_result<changes> changes_of(const command_line& line);

}  // namespace weir::cli::tools::entities
