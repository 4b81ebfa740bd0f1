#include "config/broker_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include "config/option.hpp"

namespace weir::config {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = text.find(at);
        auto part = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        const auto begin = part.find_first_not_of(" \t");
        if (begin == std::string_view::npos) continue;
        part = part.substr(begin, part.find_last_not_of(" \t") - begin + 1);
        parts.emplace_back(part);
    }
    return parts;
}

std::expected<listener, std::string> parse_endpoint(std::string_view text) {
    listener made;
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::unexpected(fmt::format("'{}' has no port; write host:port", text));
    }
    made.host = std::string(text.substr(0, colon));
    if (made.host.starts_with('[') && made.host.ends_with(']')) {
        made.host = made.host.substr(1, made.host.size() - 2);
    }
    const auto digits = text.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), made.port);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        return std::unexpected(fmt::format("'{}' is not a port", digits));
    }
    return made;
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// Reads typed values out of settings, with the table's default for what is not set.
class values {
  public:
    explicit values(settings& from) : from_(from) {}

    const setting* find(std::string_view name) const { return from_.find(name); }
    std::string text(std::string_view name) const {
        if (const auto* set = from_.find(name)) return set->value;
        const auto* known = find_option(broker_options(), name);
        return std::string(known && known->initial ? *known->initial : "");
    }
    template <class Int>
    void number(std::string_view name, Int& into) const {
        into = static_cast<Int>(to_integer(text(name)));
    }
    void flag(std::string_view name, bool& into) const { into = to_boolean(text(name)); }
    void error(std::string_view name, std::string reason) {
        const auto* set = from_.find(name);
        from_.errors.push_back({.place = set ? set->place : "default",
                                .key = std::string(name),
                                .reason = std::move(reason)});
    }
    void warning(std::string_view name, std::string reason) {
        const auto* set = from_.find(name);
        from_.warnings.push_back({.place = set ? set->place : "default",
                                  .key = std::string(name),
                                  .reason = std::move(reason)});
    }

  private:
    settings& from_;
};

void read_identity(values& from, broker_config& into) {
    const auto* broker_id = from.find("broker.id");
    if (from.find("node.id")) {
        from.number("node.id", into.node_id);
    } else if (broker_id) {
        from.number("broker.id", into.node_id);
    }
    if (into.node_id < 0) from.error("node.id", "must be 0 or more");
    if (const auto* cluster = from.find("cluster.id")) into.cluster_id = cluster->value;
    if (const auto* rack = from.find("broker.rack")) into.rack = rack->value;
    const auto dirs = split(from.find("log.dirs")  ? from.text("log.dirs")
                            : from.find("log.dir") ? from.text("log.dir")
                                                   : "data",
                            ',');
    if (dirs.empty()) return from.error("log.dirs", "names no directory");
    into.data_dir = dirs.front();
    if (dirs.size() > 1) {
        from.error("log.dirs", "several directories (JBOD) are not served; name one");
    }
}

// "1@host:port" in controller.quorum.voters: where this node is met as a voter.
void read_voters(values& from, const std::vector<std::string>& voters, broker_config& into) {
    const auto names = split(from.text("controller.listener.names"), ',');
    for (const auto& each : voters) {
        const auto at = each.find('@');
        if (at == std::string::npos || names.empty()) continue;
        auto endpoint = parse_endpoint(std::string_view(each).substr(at + 1));
        if (!endpoint) {
            from.error("controller.quorum.voters", endpoint.error());
            continue;
        }
        endpoint->name = names.front();
        if (each.substr(0, at) == std::to_string(into.node_id)) {
            into.controllers.push_back(std::move(*endpoint));
        }
    }
}

void read_roles(values& from, broker_config& into) {
    const auto roles = split(from.find("process.roles") ? from.text("process.roles") : "", ',');
    const bool broker = roles.empty() || std::ranges::find(roles, "broker") != roles.end();
    if (!broker) from.error("process.roles", "a node without the role broker is not served");
    const auto voters = split(from.text("controller.quorum.voters"), ',');
    const auto servers = split(from.text("controller.quorum.bootstrap.servers"), ',');
    if (voters.size() > 1 || servers.size() > 1) {
        from.error(
            voters.size() > 1 ? "controller.quorum.voters" : "controller.quorum.bootstrap.servers",
            "a quorum of several nodes is not served yet; name this node alone");
        return;
    }
    read_voters(from, voters, into);
}

void read_listeners(values& from, broker_config& into) {
    const auto controllers = split(from.text("controller.listener.names"), ',');
    const auto for_clients = [&controllers](const listener& each) {
        return std::ranges::find(controllers, each.name) == controllers.end();
    };
    const auto take = [&](std::string_view key, const std::string& text) {
        auto parsed = parse_listeners(text);
        if (!parsed) {
            from.error(key, parsed.error());
            return std::vector<listener>{};
        }
        std::erase_if(*parsed, [&](const auto& each) { return !for_clients(each); });
        return std::move(*parsed);
    };
    into.listeners = take("listeners", from.find("listeners") ? from.text("listeners")
                                                              : "PLAINTEXT://127.0.0.1:9092");
    into.advertised = into.listeners;
    if (from.find("advertised.listeners")) {
        into.advertised = take("advertised.listeners", from.text("advertised.listeners"));
    }
    if (into.listeners.empty()) from.error("listeners", "there is no listener for clients");

    std::map<std::string, std::string> protocols;
    for (const auto& pair : split(from.text("listener.security.protocol.map"), ',')) {
        const auto colon = pair.find(':');
        if (colon == std::string::npos) {
            from.error("listener.security.protocol.map",
                       fmt::format("'{}' is not NAME:PROTOCOL", pair));
            continue;
        }
        protocols[pair.substr(0, colon)] = pair.substr(colon + 1);
    }
    for (const auto& each : into.listeners) {
        const auto found = protocols.find(each.name);
        const auto protocol = found == protocols.end() ? each.name : found->second;
        if (protocol != "PLAINTEXT") {
            from.error("listeners", fmt::format("{}: the security protocol {} is not served yet; "
                                                "use PLAINTEXT",
                                                each.name, protocol));
        } else if (!is_loopback(each.host)) {
            from.warning("listeners",
                         fmt::format("{}://{}:{} is open to the network without authentication",
                                     each.name, each.host, each.port));
        }
    }
}

void read_numbers(const values& from, broker_config& into) {
    from.number("num.partitions", into.num_partitions);
    from.number("default.replication.factor", into.default_replication_factor);
    from.number("min.insync.replicas", into.min_insync_replicas);
    from.flag("auto.create.topics.enable", into.auto_create_topics_enable);
    from.flag("delete.topic.enable", into.delete_topic_enable);
    from.flag("transaction.partition.verification.enable",
              into.transaction_partition_verification_enable);
    from.number("log.retention.check.interval.ms", into.retention_check_interval_ms);
    from.number("log.flush.offset.checkpoint.interval.ms", into.checkpoint_interval_ms);
    from.number("producer.id.expiration.ms", into.producer_id_expiration_ms);
    from.flag("log.cleaner.enable", into.log_cleaner_enable);
    from.number("log.cleaner.threads", into.log_cleaner_threads);
    from.number("log.cleaner.dedupe.buffer.size", into.log_cleaner_dedupe_buffer_size);
    from.number("log.cleaner.backoff.ms", into.log_cleaner_backoff_ms);
    into.log_cleaner_io_max_bytes_per_second =
        to_real(from.text("log.cleaner.io.max.bytes.per.second"));
    from.number("connections.max.idle.ms", into.connections_max_idle_ms);
    from.number("max.connections", into.max_connections);
    from.number("max.connections.per.ip", into.max_connections_per_ip);
    from.number("socket.request.max.bytes", into.socket_request_max_bytes);
    from.number("queued.max.request.bytes", into.queued_max_request_bytes);
    from.number("fetch.max.bytes", into.fetch_max_bytes);
    from.number("max.incremental.fetch.session.cache.slots", into.fetch_session_slots);
    from.number("offsets.topic.num.partitions", into.offsets_topic_num_partitions);
    from.number("offsets.topic.replication.factor", into.offsets_topic_replication_factor);
    from.number("offsets.topic.segment.bytes", into.offsets_topic_segment_bytes);
    from.number("offsets.retention.minutes", into.offsets_retention_minutes);
    from.number("offsets.retention.check.interval.ms", into.offsets_retention_check_interval_ms);
    from.number("offset.metadata.max.bytes", into.offset_metadata_max_bytes);
    from.number("transaction.state.log.num.partitions", into.transactions_topic_num_partitions);
    from.number("transaction.state.log.replication.factor",
                into.transactions_topic_replication_factor);
    from.number("transaction.state.log.min.isr", into.transactions_topic_min_insync_replicas);
    from.number("transaction.state.log.segment.bytes", into.transactions_topic_segment_bytes);
    from.number("transaction.max.timeout.ms", into.transaction_max_timeout_ms);
    from.number("transaction.abort.timed.out.transaction.cleanup.interval.ms",
                into.transaction_timeout_check_interval_ms);
    from.number("add.partitions.to.txn.retry.backoff.ms", into.add_partitions_backoff_ms);
    from.number("add.partitions.to.txn.retry.backoff.max.ms", into.add_partitions_wait_ms_max);
    from.number("transactional.id.expiration.ms", into.transactional_id_expiration_ms);
    from.number("transaction.remove.expired.transaction.cleanup.interval.ms",
                into.transactional_id_expiry_interval_ms);
    from.number("group.initial.rebalance.delay.ms", into.group_initial_rebalance_delay_ms);
    from.number("group.min.session.timeout.ms", into.group_min_session_timeout_ms);
    from.number("group.max.session.timeout.ms", into.group_max_session_timeout_ms);
    from.number("group.max.size", into.group_max_size);
    from.number("weir.shards", into.shards);
}

// Kafka's rules: each value within its bounds, sessions longer than the time between heartbeats.
void check_consumer_groups(values& from, const broker_config& made) {
    const auto within = [&from](std::string_view name, std::int32_t value, std::int32_t least,
                                std::int32_t most) {
        const bool fits = least <= value && value <= most;
        if (!fits) from.error(name, fmt::format("must be from {} to {}", least, most));
    };
    within("group.consumer.session.timeout.ms", made.group_consumer_session_timeout_ms,
           made.group_consumer_min_session_timeout_ms, made.group_consumer_max_session_timeout_ms);
    within("group.consumer.heartbeat.interval.ms", made.group_consumer_heartbeat_interval_ms,
           made.group_consumer_min_heartbeat_interval_ms,
           made.group_consumer_max_heartbeat_interval_ms);
    within("group.consumer.assignment.interval.ms", made.group_consumer_assignment_interval_ms,
           made.group_consumer_min_assignment_interval_ms,
           made.group_consumer_max_assignment_interval_ms);
    if (made.group_consumer_heartbeat_interval_ms >= made.group_consumer_session_timeout_ms) {
        from.error("group.consumer.heartbeat.interval.ms",
                   "must be less than group.consumer.session.timeout.ms");
    }
    if (made.group_consumer_assignors.empty()) {
        from.error("group.consumer.assignors", "names no assignor");
    }
}

void read_consumer_groups(values& from, broker_config& into) {
    from.number("group.consumer.assignment.interval.ms",
                into.group_consumer_assignment_interval_ms);
    from.number("group.consumer.min.assignment.interval.ms",
                into.group_consumer_min_assignment_interval_ms);
    from.number("group.consumer.max.assignment.interval.ms",
                into.group_consumer_max_assignment_interval_ms);
    from.number("group.consumer.heartbeat.interval.ms", into.group_consumer_heartbeat_interval_ms);
    from.number("group.consumer.min.heartbeat.interval.ms",
                into.group_consumer_min_heartbeat_interval_ms);
    from.number("group.consumer.max.heartbeat.interval.ms",
                into.group_consumer_max_heartbeat_interval_ms);
    from.number("group.consumer.session.timeout.ms", into.group_consumer_session_timeout_ms);
    from.number("group.consumer.min.session.timeout.ms",
                into.group_consumer_min_session_timeout_ms);
    from.number("group.consumer.max.session.timeout.ms",
                into.group_consumer_max_session_timeout_ms);
    from.number("group.consumer.max.size", into.group_consumer_max_size);
    from.number("group.consumer.regex.refresh.interval.ms",
                into.group_consumer_regex_refresh_interval_ms);
    into.group_consumer_assignors = split(from.text("group.consumer.assignors"), ',');
    into.group_rebalance_protocols = split(from.text("group.coordinator.rebalance.protocols"), ',');
    into.group_consumer_migration_policy = from.text("group.consumer.migration.policy");
    std::ranges::transform(into.group_consumer_migration_policy,
                           into.group_consumer_migration_policy.begin(),
                           [](unsigned char each) { return std::tolower(each); });
    check_consumer_groups(from, into);
}

}  // namespace

std::expected<std::vector<listener>, std::string> parse_listeners(std::string_view text) {
    std::vector<listener> parsed;
    for (const auto& each : split(text, ',')) {
        const auto separator = each.find("://");
        if (separator == std::string::npos) {
            return std::unexpected(fmt::format("'{}' is not NAME://host:port", each));
        }
        auto endpoint = parse_endpoint(std::string_view(each).substr(separator + 3));
        if (!endpoint) return std::unexpected(endpoint.error());
        endpoint->name = each.substr(0, separator);
        parsed.push_back(std::move(*endpoint));
    }
    return parsed;
}

broker_config make_broker_config(settings& from) {
    check_settings(from);
    broker_config made;
    values read(from);
    read_identity(read, made);
    read_roles(read, made);
    read_listeners(read, made);
    read_numbers(read, made);
    read_consumer_groups(read, made);
    made.flush_on_commit = read.text("weir.flush") == "commit";
    made.log_level = read.text("weir.log.level");
    made.log_json = read.text("weir.log.format") == "json";
    const auto metrics = read.text("weir.metrics.listener");
    if (!metrics.empty()) {
        auto endpoint = parse_endpoint(metrics);
        if (endpoint) {
            made.metrics = std::move(*endpoint);
        } else {
            read.error("weir.metrics.listener", endpoint.error());
        }
    }
    made.written = from;
    // As in Kafka, the two names of the node's id are one setting.
    auto& written = made.written.values;
    if (written.contains("node.id")) written.try_emplace("broker.id", written.at("node.id"));
    if (written.contains("broker.id")) written.try_emplace("node.id", written.at("broker.id"));
    return made;
}

}  // namespace weir::config
