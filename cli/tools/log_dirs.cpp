// kafka-log-dirs: the log directories of brokers and what is in them, as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "broker/protocol/messages/describe_log_dirs_request.hpp"
#include "broker/protocol/messages/describe_log_dirs_response.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/tools/leader_calls.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::protocol::describe_log_dirs_request;
using broker::protocol::describe_log_dirs_response;
using log_dir = describe_log_dirs_response::describe_log_dirs_result;
using replica = describe_log_dirs_response::describe_log_dirs_partition;

constexpr std::string_view purpose =
    "This tool helps to query log directory usage on the specified brokers.";

constexpr option options[] = {
    {"bootstrap-server", "REQUIRED: the brokers to connect to first.", takes::value, "String",
     "The server(s) to use for bootstrapping"},
    {"broker-list", "The brokers to ask, as \"0,1,2\"; all when there is none.", takes::value,
     "String", "Broker list", ""},
    {"command-config", "A properties file for the client.", takes::value, "String",
     "Admin client property file"},
    {"describe", "Describe the log directories."},
    {"topic-list", "The topics to show, as \"topic1,topic2\"; all when there is none.",
     takes::value, "String", "Topic list", ""},
    help_option,
    version_option,
};

// The numbers of a Java set, in the order in which it gives them.
std::vector<std::int32_t> as_java_set(const std::set<std::int32_t>& numbers) {
    std::vector<std::int32_t> ordered(numbers.begin(), numbers.end());
    java::sort_as_hash_map(ordered, [](std::int32_t each) { return each; });
    return ordered;
}

tool_result<std::set<std::int32_t>> brokers_of(const command_line& line) {
    std::set<std::int32_t> brokers;
    for (const auto& each : java::split(line.value_or("broker-list", ""), ",")) {
        if (each.empty()) continue;
        const auto id = java::parse_int(each);
        if (!id) return std::unexpected(java::number_format(each));
        brokers.insert(*id);
    }
    return brokers;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') out += '\\';
        out += letter;
    }
    return out + '"';
}

// The members in the order of Kafka's tool.
std::string partitions_json(const log_dir& of, const std::set<std::string>& topics) {
    std::vector<std::pair<topic_partition, replica>> replicas;
    for (const auto& topic : of.topics) {
        for (const auto& each : topic.partitions)
            replicas.push_back({{topic.name, each.partition_index.value()}, each});
    }
    const auto hash = [](const auto& each) { return hash_of(each.first); };
    // Two maps, one after the other: of all partitions, and of those that were asked for.
    java::sort_as_hash_map(replicas, hash);
    std::erase_if(replicas, [&](const auto& each) {
        return !topics.empty() && !topics.contains(each.first.topic);
    });
    java::sort_as_hash_map(replicas, hash);
    std::string text;
    for (const auto& [which, each] : replicas) {
        text += fmt::format(R"({}{{"partition":{},"size":{},"offsetLag":{},"isFuture":{}}})",
                            text.empty() ? "" : ",", quoted(to_text(which)), each.partition_size,
                            each.offset_lag, each.is_future_key);
    }
    return text;
}

std::string log_dirs_json(std::vector<log_dir> dirs, const std::set<std::string>& topics) {
    java::sort_as_hash_map(
        dirs, [](const log_dir& each) { return java::hash_of(each.log_dir); },
        java::capacity_for(dirs.size(), dirs.size()));
    std::string text;
    for (const auto& each : dirs) {
        const auto error = each.error_code == error_code::none
                               ? "null"
                               : quoted(error_of(each.error_code).exception);
        text += fmt::format(R"({}{{"partitions":[{}],"error":{},"logDir":{}}})",
                            text.empty() ? "" : ",", partitions_json(each, topics), error,
                            quoted(each.log_dir));
    }
    return text;
}

tool_result<std::string> broker_json(admin_client& client, std::int32_t broker,
                                     const std::set<std::string>& topics) {
    describe_log_dirs_request request;
    request.topics.reset();  // all
    const auto reply = client.call<describe_log_dirs_response>(
        request, {.call_name = "describeLogDirs", .node = broker::node_id(broker)});
    if (!reply) return std::unexpected(in_future(reply.error()));
    if ((*reply)->error_code != error_code::none) {
        return std::unexpected(in_future(error_of((*reply)->error_code)));
    }
    return fmt::format(R"({{"broker":{},"logDirs":[{}]}})", broker,
                       log_dirs_json((*reply)->results, topics));
}

tool_result<void> describe(const command_line& line) {
    if (auto read = line.readable(); !read) return read;
    const auto client = admin_of(line, "log-dirs-tool");
    if (!client) return std::unexpected(client.error());
    std::set<std::string> topics;
    for (const auto& each : java::split(line.value_or("topic-list", ""), ",")) {
        if (!each.empty()) topics.insert(each);
    }
    const auto cluster = (*client)->cluster();
    if (!cluster) return std::unexpected(in_future(cluster.error()));
    std::set<std::int32_t> existing;
    for (const auto& each : cluster->nodes)
        existing.insert(each.id.value());
    auto asked = brokers_of(line);
    if (!asked) return std::unexpected(asked.error());
    if (asked->empty()) asked = existing;
    std::set<std::int32_t> absent;
    std::ranges::set_difference(*asked, existing, std::inserter(absent, absent.end()));
    if (!absent.empty()) {
        return std::unexpected(tool_error{
            .exception = "org.apache.kafka.tools.TerseException",
            .message = fmt::format("ERROR: The given brokers do not exist from --broker-list: {}. "
                                   "Current existent brokers: {}",
                                   fmt::join(as_java_set(absent), ","),
                                   fmt::join(as_java_set(existing), ","))});
    }
    fmt::print("Querying brokers for log directories information\n");
    const auto brokers = as_java_set(*asked);
    std::vector<std::string> parts;
    for (const auto each : brokers) {
        auto part = broker_json(**client, each, topics);
        if (!part) return std::unexpected(part.error());
        parts.push_back(std::move(*part));
    }
    fmt::print("Received log directory information from brokers {}\n", fmt::join(brokers, ","));
    fmt::print(R"({{"brokers":[{}],"version":1}})", fmt::join(parts, ","));
    fmt::print("\n");
    return {};
}

}  // namespace

int log_dirs(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return fail_with(line.error());
    if (const auto stop = line->help_or_version(purpose)) return *stop;
    if (const auto stop = line->require({"bootstrap-server", "describe"})) return *stop;
    const auto done = describe(*line);
    return done ? exit_ok : fail_with(done.error());
}

}  // namespace weir::cli::tools
