// Names and states of groups, as Kafka's tools understand them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tools/group_admin/group_queries.hpp"

namespace weir::cli::tools::group_admin {

// The names of Kafka's GroupState and GroupType for groups of consumers.
std::span<const std::string_view> state_names();
std::span<const std::string_view> type_names();
// One of `names`, whatever its case; else "Unknown".
std::string named(std::span<const std::string_view> names, std::string_view text);

using descriptions = std::map<std::string, group_description>;

// By id; the error is that of the first group that has one, in the order of Kafka's map.
tool_result<descriptions> describe_all(admin_client& client, std::vector<std::string> groups);

// Says what there is to say about a group's state; false when there is nothing more to show. Fails
// for a state that is none.
tool_result<bool> tell_state(const group_description& group, std::size_t rows);

// Kafka's error text for people, on standard output.
void print_error(const std::string& message);

}  // namespace weir::cli::tools::group_admin
