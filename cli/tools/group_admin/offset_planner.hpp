// offset_planner: the offsets to which --reset-offsets would set a group, by the scenario that was
// chosen. Errors are those that Kafka's tool reports; an IllegalArgumentException shows the usage.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/tools/admin_client.hpp"
#include "cli/tools/group_admin/group_queries.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools::group_admin {

// An ExecutionException and a RuntimeException around an error: what is left of it is its text.
tool_error in_execution(const tool_error& error);
tool_error in_runtime(const tool_error& error);

// "topic:0,1" names partitions, "topic" has all of them.
tool_result<std::vector<topic_partition>> parse_partitions(const std::string& argument);

class offset_planner {
  public:
    offset_planner(admin_client& client, const command_line& line) : client_(client), line_(line) {}

    tool_result<offset_list> plan(const std::string& group);

  private:
    using partitions = std::vector<topic_partition>;

    tool_result<partitions> partitions_to_reset(const std::string& group);
    tool_result<void> check(const partitions& which);
    tool_result<offset_list> by_scenario(const std::string& group, const partitions& which);
    tool_result<offset_list> to_time(const partitions& which, std::chrono::milliseconds time);
    tool_result<offset_list> by_duration(const partitions& which);
    tool_result<offset_list> shifted(const std::string& group, const partitions& which);
    tool_result<offset_list> to_current(const std::string& group, const partitions& which);
    tool_result<offset_list> from_file(const std::string& group);
    // The offsets within the bounds of their logs; what is corrected is logged.
    tool_result<offset_list> in_range(offset_list wanted);
    tool_result<offset_list> at(const partitions& which, std::int64_t timestamp);
    tool_result<committed_offsets> committed(const std::string& group);

    admin_client& client_;
    const command_line& line_;
};

}  // namespace weir::cli::tools::group_admin
