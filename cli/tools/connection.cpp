#include "cli/tools/connection.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <fstream>
#include <sstream>

#include "cli/tools/java/text.hpp"
#include "config/settings.hpp"

namespace weir::cli::tools {
namespace {

constexpr std::string_view config_exception = "org.apache.kafka.common.config.ConfigException";

tool_error invalid(std::string message) {
    return {.exception = std::string(config_exception), .message = std::move(message)};
}

// Sets `into` from a property in milliseconds, when it is there.
tool_result<void> read_timeout(const std::map<std::string, std::string>& properties,
                               const std::string& key, std::chrono::milliseconds& into) {
    const auto found = properties.find(key);
    if (found == properties.end()) return {};
    const auto value = java::parse_int(found->second);
    if (!value) {
        return std::unexpected(
            invalid(fmt::format("Invalid value {} for configuration {}: Not a number of type INT",
                                found->second, key)));
    }
    into = std::chrono::milliseconds(*value);
    return {};
}

}  // namespace

tool_result<std::map<std::string, std::string>> read_properties_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return std::unexpected(
            tool_error{.exception = "java.nio.file.NoSuchFileException", .message = path});
    }
    std::ostringstream text;
    text << in.rdbuf();
    config::settings read;
    config::read_properties(text.str(), path, read);
    std::map<std::string, std::string> properties;
    for (auto& [key, setting] : read.values)
        properties.emplace(key, std::move(setting.value));
    return properties;
}

tool_result<std::vector<broker::io::endpoint>> parse_bootstrap(std::string_view text) {
    std::vector<broker::io::endpoint> endpoints;
    for (const auto& each : java::split(text, ",")) {
        const auto whole = java::trim(each);
        std::string_view one = whole;
        if (one.empty()) continue;
        if (const auto scheme = one.find("://"); scheme != std::string_view::npos) {
            one.remove_prefix(scheme + 3);
        }
        const auto colon = one.rfind(':');
        auto host = one.substr(0, colon);
        const auto port =
            colon == std::string_view::npos ? std::nullopt : java::parse_int(one.substr(colon + 1));
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        if (!port || *port < 0 || *port > UINT16_MAX || host.empty()) {
            return std::unexpected(
                invalid(fmt::format("Invalid url in bootstrap.servers: {}", whole)));
        }
        endpoints.push_back({.host = std::string(host), .port = static_cast<std::uint16_t>(*port)});
    }
    if (endpoints.empty()) {
        return std::unexpected(invalid("No resolvable bootstrap urls given in bootstrap.servers"));
    }
    return endpoints;
}

std::vector<std::string> addresses_of(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
    std::vector<std::string> addresses;
    for (const int family : {AF_INET, AF_INET6}) {
        for (const auto* each = found; each != nullptr; each = each->ai_next) {
            char text[NI_MAXHOST];
            if (each->ai_family != family) continue;
            if (::getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, nullptr, 0,
                              NI_NUMERICHOST) == 0) {
                addresses.emplace_back(text);
            }
        }
    }
    ::freeaddrinfo(found);
    return addresses;
}

tool_result<std::vector<bootstrap_server>> resolve(
    const std::vector<broker::io::endpoint>& endpoints) {
    std::vector<bootstrap_server> servers;
    for (const auto& each : endpoints) {
        auto addresses = addresses_of(each.host);
        if (addresses.empty()) {
            const auto text = fmt::format(
                "Couldn't resolve server {}:{} from bootstrap.servers as DNS resolution failed for "
                "{}",
                each.host, each.port, each.host);
            log_line("WARN", text, "org.apache.kafka.clients.ClientUtils");
            continue;
        }
        servers.push_back(
            {.name = each.host, .addresses = std::move(addresses), .port = each.port});
    }
    if (!servers.empty()) return servers;
    return std::unexpected(invalid("No resolvable bootstrap urls given in bootstrap.servers"));
}

tool_result<admin_options> connection_of(const command_line& line, std::string_view client_id) {
    admin_options options;
    options.client_id = client_id;
    options.to_controllers = line.has("bootstrap-controller");
    const auto name = options.to_controllers ? "bootstrap-controller" : "bootstrap-server";
    auto endpoints = parse_bootstrap(line.value_or(name, ""));
    if (!endpoints) return std::unexpected(endpoints.error());
    auto servers = resolve(*endpoints);
    if (!servers) return std::unexpected(servers.error());
    options.bootstrap = std::move(*servers);
    const auto file = line.value("command-config");
    if (!file) return options;
    const auto properties = read_properties_file(*file);
    if (!properties) return std::unexpected(properties.error());
    if (const auto found = properties->find("client.id"); found != properties->end()) {
        options.client_id = found->second;
    }
    for (const auto& [key, into] : {std::pair("default.api.timeout.ms", &options.api_timeout),
                                    std::pair("request.timeout.ms", &options.request_timeout)}) {
        if (auto read = read_timeout(*properties, key, *into); !read) {
            return std::unexpected(read.error());
        }
    }
    const auto protocol = properties->find("security.protocol");
    if (protocol != properties->end() && protocol->second != "PLAINTEXT") {
        return std::unexpected(invalid(fmt::format(
            "Invalid value {} for configuration security.protocol: this tool speaks PLAINTEXT only",
            protocol->second)));
    }
    return options;
}

tool_result<std::unique_ptr<admin_client>> admin_of(const command_line& line,
                                                    std::string_view client_id) {
    auto where = connection_of(line, client_id);
    if (where) return std::make_unique<admin_client>(std::move(*where));
    if (where.error().exception != config_exception) return std::unexpected(where.error());
    return std::unexpected(tool_error{.exception = "org.apache.kafka.common.KafkaException",
                                      .message = "Failed to create new KafkaAdminClient",
                                      .cause = described(where.error())});
}

}  // namespace weir::cli::tools
