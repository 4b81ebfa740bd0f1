#include "config/settings.hpp"

#include <fmt/format.h>

#include <array>

#include "config/option.hpp"

namespace weir::config {
namespace {

// Set by images and start scripts for the JVM; they mean nothing here.
constexpr std::array ignored = {"KAFKA_HEAP_OPTS",
                                "KAFKA_OPTS",
                                "KAFKA_HOME",
                                "KAFKA_JMX_OPTS",
                                "KAFKA_JMX_PORT",
                                "KAFKA_JMX_HOSTNAME",
                                "KAFKA_GC_LOG_OPTS",
                                "KAFKA_LOG4J_OPTS",
                                "KAFKA_VERSION",
                                "KAFKA_JVM_PERFORMANCE_OPTS",
                                "KAFKA_DEBUG",
                                "KAFKA_USER",
                                "KAFKA_LOG4J_LOGGERS",
                                "KAFKA_LOG4J_ROOT_LOGLEVEL",
                                "KAFKA_TOOLS_LOG4J_LOGLEVEL",
                                "KAFKA_LOG4J_CMD_OPTS"};

bool is_ignored(std::string_view name) {
    for (const auto* each : ignored) {
        if (name == each) return true;
    }
    return false;
}

// "NODE_ID" as "node.id".
std::string option_name(std::string_view variable) {
    std::string name;
    for (std::size_t at = 0; at < variable.size();) {
        std::size_t underscores = 0;
        while (at + underscores < variable.size() && variable[at + underscores] == '_') {
            ++underscores;
        }
        if (underscores == 0) {
            const auto letter = static_cast<unsigned char>(variable[at]);
            name += static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
            ++at;
            continue;
        }
        name += underscores == 1 ? "." : underscores == 2 ? "_" : "-";
        at += underscores;
    }
    return name;
}

}  // namespace

std::string problem::text() const {
    return fmt::format("{}: {}: {}", place, key, reason);
}

const setting* settings::find(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
}

void read_environment(const char* const* environment, settings& into) {
    constexpr std::string_view prefix = "KAFKA_";
    for (; *environment != nullptr; ++environment) {
        const std::string_view entry = *environment;
        const auto equals = entry.find('=');
        if (equals == std::string_view::npos) continue;
        const auto name = entry.substr(0, equals);
        const std::string value(entry.substr(equals + 1));
        if (name == "CLUSTER_ID") {
            into.values["cluster.id"] = {.value = value, .place = "CLUSTER_ID"};
        } else if (name.starts_with(prefix) && !is_ignored(name)) {
            into.values[option_name(name.substr(prefix.size()))] = {.value = value,
                                                                    .place = std::string(name)};
        }
    }
}

void check_settings(settings& of) {
    for (const auto& [name, each] : of.values) {
        if (name == "cluster.id") continue;
        const auto* known = find_option(broker_options(), name);
        // Options of one listener (listener.name.x.y) belong to security, which is not served.
        if (!known) {
            const auto nearest = nearest_name(broker_options(), name);
            of.warnings.push_back(
                {.place = each.place,
                 .key = name,
                 .reason =
                     nearest.empty()
                         ? "unknown option, ignored"
                         : fmt::format("unknown option, ignored; did you mean {}?", nearest)});
            continue;
        }
        if (const auto reason = check_value(*known, each.value)) {
            of.errors.push_back({.place = each.place,
                                 .key = name,
                                 .reason = fmt::format("'{}': {}", each.value, *reason)});
        }
    }
}

}  // namespace weir::config
