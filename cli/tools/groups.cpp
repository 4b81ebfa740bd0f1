// kafka-groups: the groups of all types.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "broker/protocol/messages/list_groups_request.hpp"
#include "broker/protocol/messages/list_groups_response.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::protocol::list_groups_request;
using broker::protocol::list_groups_response;
using listed_group = list_groups_response::listed_group;

constexpr std::string_view purpose = "This tool helps to list groups of all types.";
constexpr std::string_view logger = "org.apache.kafka.tools.GroupsCommand";
constexpr std::string_view group_types[] = {"Classic", "Consumer", "Share", "Streams"};

constexpr option options[] = {
    {"bootstrap-server", "REQUIRED: the brokers to connect to first.", takes::value, "String",
     "server to connect to", std::nullopt, false, true},
    {"command-config", "A properties file for the client.", takes::value, "String",
     "command config property file"},
    {"consumer",
     "All kinds of consumer groups: those of type consumer, and classic groups whose protocol is "
     "consumer or empty."},
    {"group-type", "The groups of a type: classic, consumer, share or streams.", takes::value,
     "String", "type"},
    {"list", "List the groups."},
    {"protocol", "The groups of a protocol type.", takes::value, "String", "protocol"},
    {"share", "The share groups."},
    {"streams", "The streams groups."},
    help_option,
    version_option,
};

// The type as Kafka prints it; empty when it is none that is known.
std::string_view type_named(std::string_view name) {
    const auto same = [&](std::string_view type) {
        return std::ranges::equal(name, type, [](char left, char right) {
            return std::tolower(static_cast<unsigned char>(left)) ==
                   std::tolower(static_cast<unsigned char>(right));
        });
    };
    const auto* found = std::ranges::find_if(group_types, same);
    return found == std::end(group_types) ? std::string_view{} : *found;
}

early_exit check(const command_line& line) {
    if (auto stop = line.help_or_version(purpose)) return stop;
    if (!line.has("list")) return line.usage("Command must include exactly one action: --list.");
    if (const auto type = line.value("group-type"); type && type_named(*type).empty()) {
        return fail_with("--group-type must be a valid group type.");
    }
    early_exit stop = line.exclude("consumer", {"group-type", "protocol", "share", "streams"});
    if (!stop) stop = line.exclude("share", {"consumer", "group-type", "protocol", "streams"});
    if (!stop) stop = line.exclude("streams", {"consumer", "group-type", "protocol", "share"});
    return stop;
}

bool is_wanted(const command_line& line, const listed_group& group) {
    const auto type = type_named(group.group_type);
    const auto protocol = line.value("protocol");
    if (const auto wanted = line.value("group-type")) {
        return type == type_named(*wanted) && (!protocol || group.protocol_type == *protocol);
    }
    if (protocol) return group.protocol_type == *protocol;
    if (line.has("consumer")) {
        return group.protocol_type == "consumer" || group.protocol_type.empty() ||
               type == "Consumer";
    }
    if (line.has("share")) return type == "Share";
    if (line.has("streams")) return type == "Streams";
    return true;
}

// Every broker knows the groups that it coordinates.
tool_result<std::vector<listed_group>> all_groups(admin_client& client) {
    const auto cluster = client.cluster();
    if (!cluster) return std::unexpected(cluster.error());
    std::map<std::string, listed_group> by_id;
    for (const auto& node : cluster->nodes) {
        const auto reply = client.call<list_groups_response>(
            list_groups_request{}, {.call_name = "listGroups", .node = node.id});
        if (!reply) return std::unexpected(reply.error());
        if ((*reply)->error_code != error_code::none) {
            return std::unexpected(error_of((*reply)->error_code));
        }
        for (const auto& each : (*reply)->groups)
            by_id.emplace(each.group_id, each);
    }
    std::vector<listed_group> groups;
    for (auto& [id, group] : by_id)
        groups.push_back(std::move(group));
    java::sort_as_hash_map(groups,
                           [](const listed_group& each) { return java::hash_of(each.group_id); });
    return groups;
}

tool_result<void> list(admin_client& client, const command_line& line) {
    auto groups = all_groups(client);
    if (!groups) return std::unexpected(groups.error());
    std::erase_if(*groups, [&](const auto& each) { return !is_wanted(line, each); });
    std::size_t width = 20;
    for (const auto& each : *groups)
        width = std::max({width, each.group_id.size(), each.protocol_type.size()});
    fmt::print("{:<{}} {:<{}} {:<{}}\n", "GROUP", width, "TYPE", width, "PROTOCOL", width);
    for (const auto& each : *groups) {
        fmt::print("{:<{}} {:<{}} {:<{}} \n", each.group_id, width, type_named(each.group_type),
                   width, each.protocol_type, width);
    }
    return {};
}

}  // namespace

int groups(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return usage_error(options, line.error());
    if (const auto stop = check(*line)) return *stop;
    if (const auto read = line->readable(); !read) return fail_with(read.error());
    // A file that is missing is noticed before the command begins, a wrong setting within it.
    const auto client = admin_of(*line);
    if (!client && client.error().cause.empty()) return fail_with(client.error());
    const auto done = client ? list(**client, *line) : std::unexpected(client.error());
    if (done) return exit_ok;
    fmt::print("Error while executing groups command : {}\n", done.error().message);
    log_line("ERROR", described(done.error()) + "\n", logger);
    return exit_failed;
}

}  // namespace weir::cli::tools
