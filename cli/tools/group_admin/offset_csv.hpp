// The lines that --reset-offsets --export prints and --from-file reads: topic,partition,offset,
// with the group in front when it is not about one group. As Jackson writes and reads them. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cli/tools/errors.hpp"
#include "cli/tools/group_admin/group_queries.hpp"

namespace weir::cli::tools::group_admin {

struct csv_line {
    std::string group;  // empty: not written
    topic_partition which;
    std::int64_t offset = 0;
};

std::string to_csv(const csv_line& line);

// What a file says of each group. `only_group`: the one that is asked about, whose lines may leave
// it out.
using offset_plans = std::map<std::string, offset_list>;
tool_result<offset_plans> parse_csv(std::string_view text,
                                    const std::optional<std::string>& only_group);

}  // namespace weir::cli::tools::group_admin
