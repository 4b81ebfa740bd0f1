#include "cli/tools/console/client_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "broker/protocol/compression/codec.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::console {
namespace {

namespace compression = broker::protocol::compression;
using connect::kafka::client_errc;
using connect::kafka::client_role;
using connect::kafka::log_event;

constexpr std::string_view network_client = "org.apache.kafka.clients.NetworkClient";

// Between two marks of a text; nothing where one is missing.
std::optional<std::string_view> between(std::string_view text, std::string_view begin,
                                        std::string_view end) {
    const auto from = text.find(begin);
    if (from == std::string_view::npos) return std::nullopt;
    text.remove_prefix(from + begin.size());
    const auto to = text.find(end);
    if (to == std::string_view::npos) return std::nullopt;
    return text.substr(0, to);
}

// "[thrd:x]: 127.0.0.1:9/bootstrap: Connect to ipv4#127.0.0.1:9 failed: ..." in Kafka's words.
std::optional<std::string> refused_text(std::string_view text) {
    const auto address = between(text, "Connect to ipv4#", " failed");
    const auto name = between(text, "]: ", ": ");
    if (!address || !name) return std::nullopt;
    const auto slash = name->rfind('/');
    const auto host = name->substr(0, name->rfind(':', slash));
    const auto node = name->substr(slash + 1);
    return fmt::format(
        "Connection to node {} ({}/{}) could not be established. Node may not be available.",
        node == "bootstrap" ? "-1" : node, host, *address);
}

std::string_view level_name(connect::kafka::log_level level) {
    return level == connect::kafka::log_level::error ? "ERROR" : "WARN";
}

// The client's lines from warnings on, as Kafka's tools log theirs.
void log(const std::string& who, const log_event& event) {
    if (event.level < connect::kafka::log_level::warn) return;
    // What "FAIL" said of one broker, "ERROR" says again of the client.
    if (event.facility == "ERROR") return;
    if (event.facility == "GETPID") return;  // it is asked again, quietly in Java
    if (const auto refused = refused_text(event.text)) {
        log_line("WARN", fmt::format("[{}] {}", who, *refused), network_client);
        return;
    }
    // Without the name of the thread.
    const auto end = event.text.find("]: ");
    const auto text = end == std::string_view::npos ? event.text : event.text.substr(end + 3);
    log_line(level_name(event.level), fmt::format("[{}] {}", who, text), network_client);
}

}  // namespace

void properties::set(std::string_view name, std::string value) {
    const auto found = std::ranges::find(
        values_, name, [](const auto& each) -> std::string_view { return each.first; });
    if (found == values_.end()) {
        values_.emplace_back(name, std::move(value));
    } else {
        found->second = std::move(value);
    }
}

std::optional<std::string> properties::get(std::string_view name) const {
    for (const auto& [key, value] : values_) {
        if (key == name) return value;
    }
    return std::nullopt;
}

std::int64_t properties::number_or(std::string_view name, std::int64_t otherwise) const {
    const auto text = get(name);
    return text ? java::parse_long(*text).value_or(otherwise) : otherwise;
}

tool_result<void> properties::read_file(const std::string& path) {
    auto read = read_properties_file(path);
    if (!read) return std::unexpected(read.error());
    for (auto& [name, value] : *read)
        set(name, std::move(value));
    return {};
}

void properties::read_arguments(const std::vector<std::string>& arguments) {
    for (const auto& each : arguments) {
        const auto equals = each.find('=');
        set(each.substr(0, equals), equals == std::string::npos ? "" : each.substr(equals + 1));
    }
}

void merge_option(properties& into, std::string_view name, const command_line& line,
                  std::string_view option) {
    if (!line.has(option) && into.has(name)) return;
    if (auto value = line.value(option)) into.set(name, std::move(*value));
}

tool_result<void> check_bootstrap(const std::optional<std::string>& servers) {
    if (!servers || java::trim(*servers).empty()) {
        return std::unexpected(illegal_argument("Error while validating the bootstrap address\n"));
    }
    for (const auto& each : java::split(*servers, ",")) {
        const auto colon = each.rfind(':');
        const bool has_port =
            colon != std::string::npos && java::parse_int(each.substr(colon + 1)).has_value();
        if (has_port) continue;
        return std::unexpected(
            illegal_argument("Please provide valid host:port like host1:9091,host2:9092\n"));
    }
    return {};
}

tool_result<void> check_client(const properties& settings, std::string_view who) {
    std::vector<std::string_view> codecs;
    for (int each = 0; each < compression::codec_count; ++each)
        codecs.push_back(compression::codec_name(static_cast<compression::codec>(each)));
    const auto codec = settings.get("compression.type");
    if (codec && std::ranges::count(codecs, std::string_view(*codec)) == 0) {
        return std::unexpected(
            tool_error{.exception = "org.apache.kafka.common.config.ConfigException",
                       .message = fmt::format("Invalid value {} for configuration "
                                              "compression.type: String must be one of: {}",
                                              *codec, fmt::join(codecs, ", "))});
    }
    const auto servers = parse_bootstrap(settings.get("bootstrap.servers").value_or(""));
    if (servers && resolve(*servers)) return {};
    return std::unexpected(tool_error{.exception = "org.apache.kafka.common.KafkaException",
                                      .message = fmt::format("Failed to construct kafka {}", who)});
}

connect::kafka::client_options make_client_options(client_role role, const properties& from,
                                                   std::string who) {
    auto translated = translate_java_settings(role, from.all());
    const auto config = role == client_role::producer
                            ? "org.apache.kafka.clients.producer.ProducerConfig"
                            : "org.apache.kafka.clients.consumer.ConsumerConfig";
    for (const auto& each : translated.not_served)
        log_line("WARN", each, config);
    if (!translated.unknown.empty()) {
        log_line("WARN",
                 fmt::format("These configurations '[{}]' were supplied but are not used yet.",
                             fmt::join(translated.unknown, ", ")),
                 config);
    }
    connect::kafka::client_options options;
    options.settings = std::move(translated.settings);
    options.on_log = [who = std::move(who)](const log_event& event) { log(who, event); };
    return options;
}

tool_error exception_of(const connect::kafka::client_error& error) {
    switch (error.kind) {
        case client_errc::from_broker:
            return error_of(static_cast<broker::error_code>(error.code));
        case client_errc::bad_setting:
            return {.exception = "org.apache.kafka.common.config.ConfigException",
                    .message = error.text};
        case client_errc::timed_out:
        case client_errc::record_timed_out:
        case client_errc::unreachable:
            return client_error("TimeoutException", error.text);
        case client_errc::unknown_topic:
        case client_errc::unknown_partition:
            return error_of(broker::error_code::unknown_topic_or_partition);
        default:
            return {.exception = "org.apache.kafka.common.KafkaException", .message = error.text};
    }
}

}  // namespace weir::cli::tools::console
