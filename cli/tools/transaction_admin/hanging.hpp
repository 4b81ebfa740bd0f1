// find-hanging: transactions on partitions of which no coordinator knows (any more).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/tools/transaction_admin/transaction_calls.hpp"

namespace weir::cli::tools {

struct hanging_search {
    std::optional<std::string> topic;
    std::optional<std::int32_t> partition;
    std::optional<broker::node_id> node;
    std::int64_t older_than_ms = 0;
};

struct open_transaction {
    topic_partition where;
    active_producer producer;
};

// Those that have been open for longer and whose coordinator does not have the partition in its
// transaction: nobody will end them. `wall_ms` is now. The error's message is the whole sentence
// that the tool says.
tool_result<std::vector<open_transaction>> find_hanging(admin_client& client,
                                                        const hanging_search& search,
                                                        std::int64_t wall_ms);

// "What: why. Enable debug logging for additional detail.", as the tool tells of a failure.
tool_error failed_to(const std::string& what, const tool_error& why);

}  // namespace weir::cli::tools
