// kafka-topics --describe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tools/admin_client.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools {

// Partitions that one answer holds when the command line does not say.
inline constexpr std::int32_t default_page = 2000;

// The 22 characters of a topic's id.
tool_result<broker::topic_id> parse_topic_id(std::string_view text);

tool_result<void> describe_topics_named(admin_client& client, const command_line& line,
                                        const std::vector<std::string>& names);
tool_result<void> describe_topic_with_id(admin_client& client, const command_line& line,
                                         broker::topic_id id);

}  // namespace weir::cli::tools
