// kafka-configs for what has configurations: topics, brokers and their loggers, groups, client
// metrics.
#pragma once

#include "cli/tools/admin_client.hpp"
#include "cli/tools/entities/changes.hpp"
#include "cli/tools/entities/entity.hpp"

namespace weir::cli::tools::entities {

// `all`: what is set nowhere too.
tool_result<void> describe_resources(admin_client& client, const entities& named, bool all);
tool_result<void> alter_resource(admin_client& client, const entities& named,
                                 const changes& wanted);

}  // namespace weir::cli::tools::entities
