// kafka-topics: creates, lists, describes, alters and deletes topics.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "broker/protocol/messages/create_partitions_request.hpp"
#include "broker/protocol/messages/create_partitions_response.hpp"
#include "broker/protocol/messages/create_topics_request.hpp"
#include "broker/protocol/messages/create_topics_response.hpp"
#include "broker/protocol/messages/delete_topics_request.hpp"
#include "broker/protocol/messages/delete_topics_response.hpp"
#include "cli/tools/cluster_queries.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/tools/options.hpp"
#include "cli/tools/pattern.hpp"
#include "cli/tools/topics_describe.hpp"
#include "config/topic_config.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::node_id;

constexpr std::string_view purpose =
    "This tool helps to create, delete, describe, or change a topic.";
constexpr std::string_view logger = "org.apache.kafka.tools.TopicCommand";

constexpr option options[] = {
    {"alter", "Add partitions to topics; kafka-configs changes their configurations."},
    {"at-min-isr-partitions",
     "When describing: only partitions with exactly as many in-sync replicas as "
     "min.insync.replicas asks for."},
    {"bootstrap-server", "REQUIRED: the brokers to connect to first.", takes::value, "String",
     "server to connect to"},
    {"command-config", "A properties file for the client.", takes::value, "String",
     "command config property file"},
    {"config", "When creating: a configuration of the topic; may be given many times.",
     takes::value, "String", "name=value", std::nullopt, true},
    {"create", "Create a topic."},
    {"delete", "Delete topics."},
    {"delete-config", "No longer does anything, as in Kafka since 4.0.", takes::value, "String",
     "name", std::nullopt, true},
    {"describe", "Show topics with their partitions."},
    {"exclude-internal", "When listing or describing: without Kafka's internal topics."},
    {"if-exists", "When altering, deleting or describing: no error when there is no such topic."},
    {"if-not-exists", "When creating: no error when the topic is there already."},
    {"list", "List the names of all topics."},
    {"partition-size-limit-per-response", "When describing: partitions in one answer at most.",
     takes::value, "Integer", "maximum number of partitions per response"},
    {"partitions",
     "How many partitions the topic gets, or shall come to have. More partitions change where the "
     "records of a key go.",
     takes::value, "Integer", "# of partitions"},
    {"replica-assignment", "Which brokers hold the replicas of each partition.", takes::value,
     "String",
     "broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , "
     "broker_id_for_part2_replica1 : broker_id_for_part2_replica2 , ..."},
    {"replication-factor", "How many replicas each partition gets.", takes::value, "Integer",
     "replication factor"},
    {"topic", "The topic; a regular expression too, but for --create.", takes::value, "String",
     "topic"},
    {"topic-id", "When describing: the topic with this id.", takes::value, "String", "topic-id"},
    {"topics-with-overrides", "When describing: only topics with configurations of their own."},
    {"unavailable-partitions", "When describing: only partitions without a leader."},
    {"under-min-isr-partitions",
     "When describing: only partitions with fewer in-sync replicas than min.insync.replicas."},
    {"under-replicated-partitions",
     "When describing: only partitions some of whose replicas are not in sync."},
    help_option,
    version_option,
};

constexpr std::string_view actions[] = {"alter", "create", "describe", "list", "delete"};

early_exit check_required(const command_line& line) {
    if (line.has("describe") && line.has("if-exists")) {
        if (!line.has("topic") && !line.has("topic-id")) {
            return line.usage("--topic or --topic-id is required to describe a topic");
        }
        if (line.has("topic") && line.has("topic-id")) {
            fmt::print(
                "Only topic id will be used when both --topic and --topic-id are specified and "
                "topicId is not Uuid.ZERO_UUID\n");
        }
    }
    if (!line.has("list") && !line.has("describe")) {
        if (auto stop = line.require({"topic"})) return stop;
    }
    if (!line.has("alter")) return std::nullopt;
    if (line.has("config")) {
        return line.usage(
            "Option combination \"[[bootstrap-server], [config]]\" can't be used with option "
            "\"[alter]\" (To alter topic configurations, the kafka-configs tool can be used.)");
    }
    return line.require({"partitions"});
}

// `used` goes with the actions in `with` only.
early_exit only_with(const command_line& line, std::string_view used,
                     std::initializer_list<std::string_view> with) {
    for (const auto action : actions) {
        if (std::ranges::find(with, action) != with.end()) continue;
        if (auto stop = line.exclude(used, {action})) return stop;
    }
    return std::nullopt;
}

early_exit check_combinations(const command_line& line) {
    constexpr std::string_view reports[] = {"under-replicated-partitions",
                                            "under-min-isr-partitions", "at-min-isr-partitions",
                                            "unavailable-partitions"};
    early_exit stop = only_with(line, "config", {"alter", "create"});
    if (!stop) stop = only_with(line, "partitions", {"alter", "create"});
    if (!stop) stop = only_with(line, "replication-factor", {"create"});
    if (!stop) stop = only_with(line, "replica-assignment", {"alter", "create"});
    if (!stop && line.has("create")) {
        stop = line.exclude("replica-assignment", {"partitions", "replication-factor"});
    }
    for (const auto report : reports) {
        if (!stop) stop = only_with(line, report, {"describe"});
        if (!stop) stop = line.exclude(report, {"topics-with-overrides"});
    }
    if (!stop) stop = only_with(line, "topics-with-overrides", {"describe"});
    if (!stop) stop = only_with(line, "if-exists", {"alter", "delete", "describe"});
    if (!stop) stop = only_with(line, "if-not-exists", {"create"});
    if (!stop) stop = only_with(line, "exclude-internal", {"list", "describe"});
    return stop;
}

early_exit check(const command_line& line) {
    if (line.empty()) return line.usage("Create, delete, describe, or change a topic.");
    if (auto stop = line.help_or_version(purpose)) return stop;
    const auto count = std::ranges::count_if(actions, [&](auto each) { return line.has(each); });
    if (count != 1) {
        return line.usage(
            "Command must include exactly one action: --list, --describe, --create, --alter or "
            "--delete");
    }
    if (line.has("delete-config")) {
        complain(fmt::format(
            "delete-config option is no longer supported and deprecated since version 4.0. "
            "The config will be fully removed in future releases.\n"));
    }
    if (!line.has("bootstrap-server")) return fail_with("--bootstrap-server must be specified");
    if (auto stop = check_required(line)) return stop;
    return check_combinations(line);
}

using assignment = std::vector<std::vector<node_id>>;

// "1:2,2:1": the replicas of each partition.
tool_result<assignment> parse_assignment(std::string_view text) {
    assignment partitions;
    if (text.empty()) return partitions;
    for (const auto& one : java::split(text, ",")) {
        auto& replicas = partitions.emplace_back();
        std::set<node_id> seen;
        std::vector<node_id> repeated;
        for (const auto& each : java::split(one, ":")) {
            const auto id = java::parse_int(java::trim(each));
            if (!id) return std::unexpected(java::number_format(java::trim(each)));
            replicas.emplace_back(*id);
            if (!seen.insert(node_id(*id)).second) repeated.emplace_back(*id);
        }
        if (!repeated.empty()) {
            return std::unexpected(tool_error{
                .exception = "org.apache.kafka.tools.AdminCommandFailedException",
                .message =
                    fmt::format("Partition replica lists may not contain duplicate entries: {}",
                                fmt::join(repeated, ","))});
        }
        if (replicas.size() != partitions.front().size()) {
            return std::unexpected(tool_error{
                .exception = "org.apache.kafka.tools.AdminOperationException",
                .message = fmt::format("Partition {} has different replication factor: [{}]",
                                       partitions.size() - 1, fmt::join(replicas, ", "))});
        }
    }
    return partitions;
}

using configs = std::map<std::string, std::string>;

// What --config says, checked before anything is sent.
tool_result<configs> parse_configs(const command_line& line) {
    configs parsed;
    for (const auto& each : line.values("config")) {
        const auto equals = each.find('=');
        const bool pair = equals != std::string::npos && equals + 1 < each.size() &&
                          each.find('=', equals + 1) == std::string::npos;
        if (!pair) {
            return std::unexpected(illegal_argument(
                "requirement failed: Invalid topic config: all configs to be added must be in the "
                "format \"key=val\"."));
        }
        parsed[std::string(java::trim(each.substr(0, equals)))] =
            java::trim(each.substr(equals + 1));
    }
    for (const auto& [name, value] : parsed) {
        if (config::find_option(config::topic_options(), name) == nullptr) {
            return std::unexpected(
                error_of(error_code::invalid_config, "Unknown topic config name: " + name));
        }
    }
    for (const auto& [name, value] : parsed) {
        if (auto reason = config::check_topic_config(name, value)) {
            return std::unexpected(
                tool_error{.exception = "org.apache.kafka.common.config.ConfigException",
                           .message = std::move(*reason)});
        }
    }
    return parsed;
}

struct wanted_topic {
    std::string name;
    std::optional<std::int64_t> partitions;
    std::optional<std::int64_t> replication_factor;
    assignment replicas;
    configs settings;
};

tool_result<wanted_topic> parse_topic(const command_line& line) {
    auto replicas = parse_assignment(line.value_or("replica-assignment", ""));
    if (!replicas) return std::unexpected(replicas.error());
    auto settings = parse_configs(line);
    if (!settings) return std::unexpected(settings.error());
    return wanted_topic{.name = line.value_or("topic", ""),
                        .partitions = line.number("partitions"),
                        .replication_factor = line.number("replication-factor"),
                        .replicas = std::move(*replicas),
                        .settings = std::move(*settings)};
}

broker::protocol::create_topics_request creation_of(const wanted_topic& topic) {
    broker::protocol::create_topics_request request;
    auto& wanted = request.topics.emplace_back();
    wanted.name = topic.name;
    wanted.num_partitions = static_cast<std::int32_t>(topic.partitions.value_or(-1));
    wanted.replication_factor = static_cast<std::int16_t>(topic.replication_factor.value_or(-1));
    for (const auto& replicas : topic.replicas) {
        const auto index = static_cast<std::int32_t>(wanted.assignments.size());
        wanted.assignments.push_back(
            {.partition_index = broker::partition_index(index), .broker_ids = replicas});
    }
    for (const auto& [name, value] : topic.settings)
        wanted.configs.push_back({.name = name, .value = value});
    return request;
}

tool_result<void> create(admin_client& client, const command_line& line) {
    const auto topic = parse_topic(line);
    if (!topic) return std::unexpected(topic.error());
    if (topic->name.find_first_of("._") != std::string::npos) {
        fmt::print(
            "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore "
            "('_') could collide. To avoid issues it is best to use either, but not both.\n");
    }
    const auto factor = topic->replication_factor.value_or(1);
    if (factor < 1 || factor > INT16_MAX) {
        return std::unexpected(illegal_argument(
            fmt::format("The replication factor must be between 1 and {} inclusive", INT16_MAX)));
    }
    if (topic->partitions.value_or(1) < 1) {
        return std::unexpected(illegal_argument("The partitions must be greater than 0"));
    }
    const auto request = creation_of(*topic);
    const auto reply = client.call<broker::protocol::create_topics_response>(
        request, {.call_name = "createTopics"});
    if (!reply) return std::unexpected(reply.error());
    for (const auto& each : (*reply)->topics) {
        if (each.error_code == error_code::none) continue;
        const bool there = each.error_code == error_code::topic_already_exists;
        if (there && line.has("if-not-exists")) return {};
        return std::unexpected(error_of(each.error_code, each.error_message));
    }
    fmt::print("Created topic {}.\n", topic->name);
    return {};
}

// The names that --topic stands for; all when it is not given.
tool_result<std::vector<std::string>> topics_named(admin_client& client, const command_line& line) {
    const bool without_internal = line.has("exclude-internal");
    const auto all = list_topics(client);
    if (!all) return std::unexpected(all.error());
    std::optional<pattern> wanted;
    if (const auto text = line.value("topic")) {
        auto compiled = pattern::compile_topics(*text);
        if (!compiled) return std::unexpected(compiled.error());
        wanted = std::move(*compiled);
    }
    std::vector<std::string> names;
    for (const auto& each : *all) {
        const bool internal = each.is_internal || is_internal_topic(each.name);
        if (without_internal && internal) continue;
        if (!wanted || wanted->matches(each.name)) names.push_back(each.name);
    }
    return names;
}

// The same, for what needs a topic to work on.
tool_result<std::vector<std::string>> existing_topics(admin_client& client,
                                                      const command_line& line) {
    auto names = topics_named(client, line);
    const auto asked = line.value_or("topic", "");
    if (names && names->empty() && !asked.empty() && !line.has("if-exists")) {
        return std::unexpected(
            illegal_argument(fmt::format("Topic '{}' does not exist as expected", asked)));
    }
    return names;
}

tool_result<void> list(admin_client& client, const command_line& line) {
    const auto names = topics_named(client, line);
    if (!names) return std::unexpected(names.error());
    fmt::print("{}\n", fmt::join(*names, "\n"));
    return {};
}

tool_result<void> alter(admin_client& client, const command_line& line) {
    const auto topic = parse_topic(line);
    if (!topic) return std::unexpected(topic.error());
    const auto names = existing_topics(client, line);
    if (!names) return std::unexpected(names.error());
    if (names->empty()) return {};
    broker::protocol::create_partitions_request request;
    request.timeout_ms = static_cast<std::int32_t>(client.options().api_timeout.count());
    for (const auto& name : *names) {
        auto& wanted = request.topics.emplace_back();
        wanted.name = name;
        wanted.count = static_cast<std::int32_t>(topic->partitions.value_or(0));
        wanted.assignments.reset();
        if (topic->replicas.empty()) continue;
        const auto there = describe_topics(client, {name}, default_page);
        if (!there) return std::unexpected(there.error());
        wanted.assignments.emplace();
        for (auto at = there->front().partitions.size(); at < topic->replicas.size(); ++at)
            wanted.assignments->push_back({.broker_ids = topic->replicas[at]});
    }
    const auto reply = client.call<broker::protocol::create_partitions_response>(
        request, {.call_name = "createPartitions"});
    if (!reply) return std::unexpected(reply.error());
    for (const auto& each : (*reply)->results) {
        if (each.error_code == error_code::none) continue;
        return std::unexpected(error_of(each.error_code, each.error_message));
    }
    return {};
}

tool_result<void> remove(admin_client& client, const command_line& line) {
    const auto names = existing_topics(client, line);
    if (!names) return std::unexpected(names.error());
    if (names->empty()) return {};
    broker::protocol::delete_topics_request request;
    request.timeout_ms = static_cast<std::int32_t>(client.options().api_timeout.count());
    request.topic_names = *names;
    for (const auto& name : *names)
        request.topics.push_back({.name = name});
    const auto reply = client.call<broker::protocol::delete_topics_response>(
        request, {.call_name = "deleteTopics"});
    if (!reply) return std::unexpected(reply.error());
    for (const auto& each : (*reply)->responses) {
        if (each.error_code == error_code::none) continue;
        return std::unexpected(error_of(each.error_code, each.error_message));
    }
    return {};
}

tool_result<void> describe(admin_client& client, const command_line& line) {
    if (const auto id = line.value("topic-id")) {
        const auto parsed = parse_topic_id(*id);
        if (!parsed) return std::unexpected(parsed.error());
        if (!parsed->is_zero()) return describe_topic_with_id(client, line, *parsed);
    }
    const auto names = existing_topics(client, line);
    if (!names) return std::unexpected(names.error());
    return describe_topics_named(client, line, *names);
}

tool_result<void> act(admin_client& client, const command_line& line) {
    if (line.has("create")) return create(client, line);
    if (line.has("alter")) return alter(client, line);
    if (line.has("list")) return list(client, line);
    if (line.has("describe")) return describe(client, line);
    return remove(client, line);
}

}  // namespace

int topics(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return fail_with(line.error());
    if (const auto stop = check(*line)) return *stop;
    const auto client = admin_of(*line);
    if (!client) return fail_with(client.error());
    tool_result<void> done = line->readable();
    if (done) done = act(**client, *line);
    if (done) return exit_ok;
    fmt::print("Error while executing topic command : {}\n", done.error().message);
    log_line("ERROR", described(done.error()) + "\n", logger);
    return exit_failed;
}

}  // namespace weir::cli::tools
