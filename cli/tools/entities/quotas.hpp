// kafka-configs for users, clients and addresses: their quotas, and the SCRAM credentials of users.
#pragma once

#include "cli/tools/admin_client.hpp"
#include "cli/tools/entities/changes.hpp"
#include "cli/tools/entities/entity.hpp"

namespace weir::cli::tools::entities {

tool_result<void> describe_quotas(admin_client& client, const entities& named);
tool_result<void> alter_quotas(admin_client& client, const entities& named, const changes& wanted);

}  // namespace weir::cli::tools::entities
