// A table on standard output.
#pragma once

#include <string>
#include <vector>

namespace weir::cli::tools {

// Rows below their titles, every column as wide as its widest cell and followed by a tab.
void print_table(const std::vector<std::string>& titles,
                 const std::vector<std::vector<std::string>>& rows);

}  // namespace weir::cli::tools
