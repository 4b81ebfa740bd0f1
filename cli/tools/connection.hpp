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

// The numbers of a host, IPv4 first as Java prefers it; none when it is not known.
std::vector<std::string> addresses_of(const std::string& host);

// Looks the names up; those that are not known are told and left out, and there must be others.
tool_result<std::vector<bootstrap_server>> resolve(
    const std::vector<broker::io::endpoint>& endpoints);

// From the options that `line` has under these names; the file may set default.api.timeout.ms,
// request.timeout.ms, client.id and security.protocol, which must be PLAINTEXT.
tool_result<admin_options> connection_of(const command_line& line,
                                         std::string_view client_id = "adminclient-1");

// The client for it; a wrong setting then is the cause of "Failed to create new KafkaAdminClient".
// `client_id`: what the tool calls itself when the file does not say.
tool_result<std::unique_ptr<admin_client>> admin_of(const command_line& line,
                                                    std::string_view client_id = "adminclient-1");

}  // namespace weir::cli::tools
