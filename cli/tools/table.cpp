#include "cli/tools/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::cli::tools {

void print_table(const std::vector<std::string>& titles,
                 const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < titles.size(); ++column) {
        widths.push_back(titles[column].size());
        for (const auto& row : rows)
            widths.back() = std::max(widths.back(), row[column].size());
    }
    const auto print_row = [&](const std::vector<std::string>& cells) {
        for (std::size_t column = 0; column < cells.size(); ++column)
            fmt::print("{:<{}}\t", cells[column], widths[column]);
        fmt::print("\n");
    };
    print_row(titles);
    for (const auto& row : rows)
        print_row(row);
}

}  // namespace weir::cli::tools
