// kafka-broker-api-versions: what each broker of the cluster serves, beside what Kafka 4.3's client
// could use of it.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/tools/admin_client.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools {
namespace {

using broker::protocol::api_versions_response;

constexpr option options[] = {
    {"bootstrap-server", "REQUIRED: the brokers to connect to first.", takes::value, "String",
     "server(s) to use for bootstrapping"},
    {"command-config", "A properties file for the client.", takes::value, "String",
     "command config property file"},
    help_option,
    version_option,
};

struct client_api {
    std::int16_t key;
    std::string_view name;
    std::int16_t oldest;
    std::int16_t latest;
    bool for_clients;
};

constexpr client_api client_apis[] = {
#define X(key, name, oldest, latest, for_clients) {key, name, oldest, latest, for_clients},
#include "cli/tools/client_apis.tbl"
#undef X
};

std::string line_of(const api_versions_response::api_version& served) {
    const auto* known = std::ranges::find(client_apis, served.api_key, &client_api::key);
    const bool is_known = known != std::end(client_apis);
    std::string line = fmt::format("{}({}): {}", is_known ? known->name : "UNKNOWN", served.api_key,
                                   served.min_version);
    if (served.min_version != served.max_version) line += fmt::format(" to {}", served.max_version);
    if (!is_known) return line;
    if (known->latest < served.min_version) return line + " [unusable: node too new]";
    if (served.max_version < known->oldest) return line + " [unusable: node too old]";
    return line + fmt::format(" [usable: {}]", std::min(known->latest, served.max_version));
}

void print_node(const cluster_node& node, const api_versions_response& served) {
    std::map<std::int16_t, std::string> lines;
    for (const auto& each : client_apis) {
        if (each.for_clients) {
            lines[each.key] = fmt::format("{}({}): UNSUPPORTED", each.name, each.key);
        }
    }
    for (const auto& each : served.api_keys)
        lines[each.api_key] = line_of(each);
    std::string text;
    for (const auto& [key, line] : lines)
        text += fmt::format("{}\t{}", text.empty() ? "" : ",\n", line);
    fmt::print("{}:{} (id: {} rack: {} isFenced: false) -> (\n{}\n)\n", node.host, node.port,
               node.id, node.rack.value_or("null"), text);
}

std::string unreachable(const admin_options& options) {
    std::vector<std::string> nodes;
    for (const auto& each : options.bootstrap) {
        nodes.push_back(fmt::format("{}:{} (id: -{} rack: null isFenced: false)", each.name,
                                    each.port, nodes.size() + 1));
    }
    return fmt::format("Request METADATA failed on brokers [{}]", fmt::join(nodes, ", "));
}

}  // namespace

int broker_api_versions(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return fail_with(line.error());
    const auto helped =
        line->help_or_version("This tool helps to retrieve broker version information.");
    if (helped) return *helped;
    if (const auto stop = line->require({"bootstrap-server"})) return *stop;
    auto where = connection_of(*line, "admin-1");
    if (!where) return fail_with(where.error());
    // This tool has a client of its own, which does not try again.
    where->patient = false;
    where->log_name = "LegacyAdminClient";
    admin_client client(std::move(*where));
    const auto cluster = client.cluster();
    if (!cluster) return fail_with(unreachable(client.options()));
    for (const auto& node : cluster->nodes) {
        const auto served = client.served_by(node.id);
        if (served) {
            print_node(node, *served);
        } else {
            fmt::print("{}:{} (id: {} rack: {} isFenced: false) -> ERROR: {}\n", node.host,
                       node.port, node.id, node.rack.value_or("null"), served.error().message);
        }
    }
    return exit_ok;
}

}  // namespace weir::cli::tools
