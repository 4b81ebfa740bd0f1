// The reports of kafka-consumer-groups.sh: --list, --describe, --delete-offsets.
#pragma once

#include <string>
#include <vector>

#include "cli/tools/group_admin/group_queries.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools::group_admin {

// The names of the groups of consumers.
tool_result<std::vector<std::string>> all_groups(admin_client& client);

tool_result<void> report_list(admin_client& client, const command_line& line);
tool_result<void> report_offsets(admin_client& client, const std::vector<std::string>& groups,
                                 bool verbose);
tool_result<void> report_members(admin_client& client, const std::vector<std::string>& groups,
                                 bool verbose);
tool_result<void> report_states(admin_client& client, const std::vector<std::string>& groups,
                                bool verbose);

// --delete-offsets, with a line for each partition.
tool_result<void> delete_group_offsets(admin_client& client, const std::string& group,
                                       const std::vector<std::string>& topics);

}  // namespace weir::cli::tools::group_admin
