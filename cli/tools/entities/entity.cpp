#include "cli/tools/entities/entity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/tools/connection.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::entities {
namespace {

// Options that name an entity, or the default, of one type.
struct shortcut {
    std::string_view option;
    std::string_view type;
};
constexpr shortcut by_name[] = {
    {"topic", "topics"},
    {"client", "clients"},
    {"user", "users"},
    {"broker", "brokers"},
    {"broker-logger", "broker-loggers"},
    {"ip", "ips"},
    {"client-metrics", "client-metrics"},
    {"group", "groups"},
};
constexpr shortcut by_default[] = {
    {"client-defaults", "clients"},
    {"user-defaults", "users"},
    {"broker-defaults", "brokers"},
    {"ip-defaults", "ips"},
};
constexpr std::string_view all_types[] = {"topics", "clients",        "users",  "brokers",
                                          "ips",    "client-metrics", "groups", "broker-loggers"};

std::unexpected<tool_error> refuse(std::string message) {
    return std::unexpected(illegal_argument(std::move(message)));
}

bool has_type(const entities& named, std::initializer_list<std::string_view> types) {
    return std::ranges::any_of(types, [&](std::string_view type) {
        return std::ranges::find(named.types, type) != named.types.end();
    });
}

bool has_shortcut(const command_line& line) {
    const auto given = [&](const shortcut& each) { return line.has(each.option); };
    return std::ranges::any_of(by_name, given) || std::ranges::any_of(by_default, given);
}

tool_result<void> check_types(const command_line& line, const entities& named) {
    std::set<std::string_view> seen;
    std::vector<std::string> repeated;
    for (const auto& type : named.types) {
        if (!seen.insert(type).second) repeated.push_back(type);
    }
    if (!repeated.empty()) {
        return refuse(
            fmt::format("Duplicate entity type(s) specified: {}", fmt::join(repeated, ",")));
    }
    if (!line.has("bootstrap-server") && !line.has("bootstrap-controller")) {
        return refuse("Either --bootstrap-server or --bootstrap-controller must be specified.");
    }
    for (const auto& type : named.types) {
        if (std::ranges::find(all_types, type) != std::end(all_types)) continue;
        return refuse(
            fmt::format("Invalid entity type {}, the entity type must be one of {} with a "
                        "--bootstrap-server or --bootstrap-controller argument",
                        type, fmt::join(all_types, ", ")));
    }
    if (named.types.empty()) return refuse("At least one entity type must be specified");
    const bool user_and_client =
        named.types.size() == 2 && has_type(named, {"users"}) && has_type(named, {"clients"});
    if (named.types.size() > 1 && !user_and_client) {
        return refuse("Only 'users' and 'clients' entity types may be specified together");
    }
    const bool by_type =
        line.has("entity-name") || line.has("entity-type") || line.has("entity-default");
    if (by_type && has_shortcut(line)) {
        return refuse(
            "--entity-{type,name,default} should not be used in conjunction with specific entity "
            "flags");
    }
    if (line.has("bootstrap-server") && line.has("bootstrap-controller")) {
        return refuse("Only one of --bootstrap-server or --bootstrap-controller can be specified");
    }
    return {};
}

tool_result<void> check_names(const command_line& line, const entities& named) {
    if (has_type(named, {"brokers", "broker-loggers"})) {
        for (const auto* option : {"entity-name", "broker", "broker-logger"}) {
            const auto id = line.value(option);
            if (!id || java::parse_int(*id)) continue;
            return refuse(fmt::format(
                "The entity name for {} must be a valid integer broker id, but it is: {}",
                named.type(), *id));
        }
    }
    if (has_type(named, {"ips"})) {
        for (const auto* option : {"entity-name", "ip"}) {
            const auto address = line.value(option);
            if (!address || !addresses_of(*address).empty()) continue;
            return refuse(fmt::format(
                "The entity name for {} must be a valid IP or resolvable host, but it is: {}",
                named.type(), *address));
        }
    }
    return {};
}

tool_result<void> check_describe(const command_line& line, const entities& named, bool has_name) {
    const auto types = fmt::format("{}", fmt::join(named.types, ","));
    if (line.has("entity-default") && !has_type(named, {"users", "clients", "brokers", "ips"})) {
        return refuse("--entity-default must not be specified with --describe of " + types);
    }
    if (has_type(named, {"broker-loggers"}) && !has_name) {
        return refuse("An entity name must be specified with --describe of " + types);
    }
    return {};
}

tool_result<void> check_alter(const command_line& line, const entities& named, bool has_name) {
    if (has_type(named, {"users", "clients", "brokers", "ips"})) {
        if (named.names.empty()) {
            return refuse(
                "An entity-name or default entity must be specified with --alter of users, "
                "clients, brokers or ips");
        }
    } else if (!has_name) {
        return refuse(fmt::format("An entity name must be specified with --alter of {}",
                                  fmt::join(named.types, ",")));
    }
    if (line.has("add-config") && line.has("add-config-file")) {
        return refuse("Only one of --add-config or --add-config-file must be specified");
    }
    if (!line.has("add-config") && !line.has("add-config-file") && !line.has("delete-config")) {
        return refuse(
            "At least one of --add-config, --add-config-file, or --delete-config must be "
            "specified with --alter");
    }
    return {};
}

}  // namespace

entities entities_of(const command_line& line) {
    entities named{.types = line.values("entity-type"), .names = {}};
    const auto names = line.values("entity-name");
    std::size_t next = 0;
    for (const auto& option : line.sequence()) {
        if (option == "entity-name") named.names.push_back(names[next++]);
        if (option == "entity-default") named.names.emplace_back();
    }
    for (const auto& each : by_name) {
        if (!line.has(each.option)) continue;
        named.types.emplace_back(each.type);
        named.names.push_back(line.value_or(each.option, ""));
    }
    for (const auto& each : by_default) {
        if (!line.has(each.option)) continue;
        named.types.emplace_back(each.type);
        named.names.emplace_back();
    }
    return named;
}

tool_result<void> check(const command_line& line, const entities& named) {
    if (auto checked = check_types(line, named); !checked) return checked;
    const bool has_name =
        std::ranges::any_of(named.names, [](const std::string& each) { return !each.empty(); });
    if (has_name) {
        if (auto checked = check_names(line, named); !checked) return checked;
    }
    return line.has("describe") ? check_describe(line, named, has_name)
                                : check_alter(line, named, has_name);
}

}  // namespace weir::cli::tools::entities
