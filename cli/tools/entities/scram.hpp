// SCRAM credentials of users, for kafka-configs. Removing them is served; to set one, a password
// has to be hashed, which this program does not do yet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/tools/admin_client.hpp"
#include "cli/tools/entities/changes.hpp"

namespace weir::cli::tools::entities {

bool is_mechanism(std::string_view name);
// "SCRAM-SHA-256", by the protocol's number.
std::string_view mechanism_name(std::int8_t number);

tool_result<void> alter_credentials(admin_client& client, const std::string& user,
                                    const changes& wanted);

}  // namespace weir::cli::tools::entities
