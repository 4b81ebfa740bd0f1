// kafka-configs: describes and alters the configurations of topics, brokers, groups and so on.
#include <fmt/format.h>

#include <algorithm>

#include "cli/tools/connection.hpp"
#include "cli/tools/entities/changes.hpp"
#include "cli/tools/entities/entity.hpp"
#include "cli/tools/entities/quotas.hpp"
#include "cli/tools/entities/resources.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools {
namespace {

constexpr std::string_view purpose =
    "This tool helps to manipulate and describe entity config for a topic, client, user, broker, "
    "ip, client-metrics or group";

constexpr option options[] = {
    {"add-config",
     "What to set, as 'k1=v1,k2=[v1,v2,v2],k3=v3': brackets group a value that has commas.",
     takes::value},
    {"add-config-file", "What to set, in a properties file.", takes::value},
    {"all", "When describing: what was not set, too."},
    {"alter", "Set and remove configurations."},
    {"bootstrap-controller", "The controllers to connect to first.", takes::value, "String",
     "controller to connect to"},
    {"bootstrap-server", "The brokers to connect to first.", takes::value, "String",
     "server to connect to"},
    {"broker", "A broker, by its id.", takes::value},
    {"broker-defaults", "What holds for all brokers."},
    {"broker-logger", "The loggers of a broker, by its id.", takes::value},
    {"client", "A client, by its id.", takes::value},
    {"client-defaults", "What holds for all clients."},
    {"client-metrics", "A subscription to metrics of clients, by its name.", takes::value},
    {"command-config", "A properties file for the client.", takes::value, "String",
     "command config property file"},
    {"delete-config",
     "What to remove, as 'k1,k2'.",
     takes::value,
     "String",
     {},
     std::nullopt,
     true},
    {"describe", "Show configurations."},
    {"entity-default", "The default of the type of entity named before it."},
    {"entity-name",
     "The name of an entity of the type named before it.",
     takes::value,
     "String",
     {},
     std::nullopt,
     true},
    {"entity-type",
     "The type of entity: topics, clients, users, brokers, broker-loggers, ips, client-metrics or "
     "groups.",
     takes::value,
     "String",
     {},
     std::nullopt,
     true},
    {"group", "A group, by its id.", takes::value},
    {"ip", "An address.", takes::value},
    {"ip-defaults", "What holds for all addresses."},
    {"topic", "A topic, by its name.", takes::value},
    {"user", "A user, by the name of the principal.", takes::value},
    {"user-defaults", "What holds for all users."},
    help_option,
    version_option,
};

early_exit check_actions(const command_line& line) {
    if (line.has("alter") == line.has("describe")) {
        return line.usage("Command must include exactly one action: --describe, --alter");
    }
    return line.exclude("describe", {"alter", "add-config", "delete-config"});
}

bool has_quotas(const entities::entities& named) {
    const auto type = named.type();
    return type == "users" || type == "clients" || type == "ips";
}

tool_result<void> alter(admin_client& client, const command_line& line,
                        const entities::entities& named) {
    if (named.types.size() != named.names.size()) {
        return std::unexpected(
            illegal_argument("An entity name must be specified for every entity type"));
    }
    const auto wanted = entities::changes_of(line);
    if (!wanted) return std::unexpected(wanted.error());
    const auto done = has_quotas(named) ? entities::alter_quotas(client, named, *wanted)
                                        : entities::alter_resource(client, named, *wanted);
    if (!done) return done;
    const auto& name = named.names.front();
    if (name.empty()) {
        fmt::print("Completed updating default config for {} in the cluster.\n", named.type());
    } else {
        fmt::print("Completed updating config for {} {}.\n", named.singular(), name);
    }
    return {};
}

tool_result<void> act(const command_line& line) {
    if (auto read = line.readable(); !read) return read;
    const auto named = entities::entities_of(line);
    if (auto checked = entities::check(line, named); !checked) return checked;
    const auto client = admin_of(line);
    if (!client) return std::unexpected(client.error());
    if (line.has("alter")) return alter(**client, line, named);
    if (has_quotas(named)) return entities::describe_quotas(**client, named);
    return entities::describe_resources(**client, named, line.has("all"));
}

// What the caller did wrong is told in a line; what else goes wrong, with the command line.
int fail(const arguments& given, const tool_error& error) {
    constexpr std::string_view told[] = {
        "java.lang.IllegalArgumentException",
        "org.apache.kafka.common.errors.InvalidConfigurationException",
        "org.apache.kafka.common.errors.InvalidTopicException",
        "org.apache.kafka.common.errors.UnsupportedVersionException",
    };
    const bool is_told = std::ranges::find(told, error.exception) != std::end(told);
    if (is_told || error.exception.starts_with("joptsimple.")) return fail_with(error.message);
    complain(fmt::format("Error while executing config command with args '{}'\n",
                         fmt::join(given, " ")));
    complain(fmt::format("{}\n", described(error)));
    if (!error.cause.empty()) complain(fmt::format("Caused by: {}\n", error.cause));
    return exit_failed;
}

}  // namespace

int configs(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return fail_with(line.error());
    if (const auto stop = line->help_or_version(purpose)) return *stop;
    if (const auto stop = check_actions(*line)) return *stop;
    const auto done = act(*line);
    return done ? exit_ok : fail(given, done.error());
}

}  // namespace weir::cli::tools
