// kafka-groups: the groups of all types.
#include <fmt/format.h>

#include <algorithm>

#include "cli/tools/cluster_queries.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools {
namespace {

constexpr std::string_view purpose = "This tool helps to list groups of all types.";
constexpr std::string_view logger = "org.apache.kafka.tools.GroupsCommand";

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

early_exit check(const command_line& line) {
    if (auto stop = line.help_or_version(purpose)) return stop;
    if (!line.has("list")) return line.usage("Command must include exactly one action: --list.");
    if (const auto type = line.value("group-type"); type && group_type(*type).empty()) {
        return fail_with("--group-type must be a valid group type.");
    }
    early_exit stop = line.exclude("consumer", {"group-type", "protocol", "share", "streams"});
    if (!stop) stop = line.exclude("share", {"consumer", "group-type", "protocol", "streams"});
    if (!stop) stop = line.exclude("streams", {"consumer", "group-type", "protocol", "share"});
    return stop;
}

bool is_wanted(const command_line& line, const listed_group& group) {
    const auto protocol = line.value("protocol");
    if (const auto wanted = line.value("group-type")) {
        return group.type == group_type(*wanted) && (!protocol || group.protocol == *protocol);
    }
    if (protocol) return group.protocol == *protocol;
    if (line.has("consumer")) {
        return group.protocol == "consumer" || group.protocol.empty() || group.type == "Consumer";
    }
    if (line.has("share")) return group.type == "Share";
    if (line.has("streams")) return group.type == "Streams";
    return true;
}

tool_result<void> list(admin_client& client, const command_line& line) {
    auto groups = list_groups(client);
    if (!groups) return std::unexpected(groups.error());
    std::erase_if(*groups, [&](const auto& each) { return !is_wanted(line, each); });
    std::size_t width = 20;
    for (const auto& each : *groups)
        width = std::max({width, each.id.size(), each.protocol.size()});
    fmt::print("{:<{}} {:<{}} {:<{}}\n", "GROUP", width, "TYPE", width, "PROTOCOL", width);
    for (const auto& each : *groups) {
        fmt::print("{:<{}} {:<{}} {:<{}} \n", each.id, width, each.type, width, each.protocol,
                   width);
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
