// How a tool reaches the cluster: --bootstrap-server, --bootstrap-controller, --command-config.
#pragma once

#include <string>
#include <string_view>

#include "cli/tools/admin_client.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools {

// Java properties of a file, later ones over earlier ones.
tool_result<std::map<std::string, std::string>> read_properties_file(const std::string& path);

// "host:port,host:port", as Kafka's clients accept it.
tool_result<std::vector<broker::io::endpoint>> parse_bootstrap(std::string_view text);

// From the options that `line` has under these names; the file may set default.api.timeout.ms,
// request.timeout.ms, client.id and security.protocol, which must be PLAINTEXT.
tool_result<admin_options> connection_of(const command_line& line);

// The client for it; a wrong setting then is the cause of "Failed to create new KafkaAdminClient".
tool_result<std::unique_ptr<admin_client>> admin_of(const command_line& line);

}  // namespace weir::cli::tools
