// kafka-leader-election: preferred leaders lead again, or any replica that lives.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "broker/protocol/messages/elect_leaders_request.hpp"
#include "broker/protocol/messages/elect_leaders_response.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/tools/offset_json.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::protocol::elect_leaders_request;
using broker::protocol::elect_leaders_response;

constexpr std::string_view purpose =
    "This tool attempts to elect a new leader for a set of topic partitions. The type of elections "
    "supported are preferred replicas and unclean replicas.";

constexpr option options[] = {
    {"admin.config", "(DEPRECATED) Use --command-config.", takes::value, "String", "config file"},
    {"all-topic-partitions", "Every partition that needs an election of this type."},
    {"bootstrap-server", "REQUIRED: the brokers to connect to first.", takes::value, "String",
     "host:port"},
    {"command-config", "A properties file for the client.", takes::value, "String", "Config file"},
    {"election-type", "REQUIRED: preferred, or unclean.", takes::value, "[PREFERRED,UNCLEAN]",
     "election type"},
    help_option,
    {"partition", "The partition; with --topic.", takes::value, "Integer", "partition id"},
    {"path-to-json-file",
     "A file of partitions: {\"partitions\": [{\"topic\": \"foo\", \"partition\": 1}]}",
     takes::value, "String", "Path to JSON file"},
    {"topic", "The topic of a partition.", takes::value, "String", "topic name"},
    version_option,
};

tool_error command_failed(std::string message) {
    return {.exception = "org.apache.kafka.tools.AdminCommandFailedException",
            .message = std::move(message)};
}

tool_result<void> check(const command_line& line) {
    std::vector<std::string> missing;
    for (const auto* name : {"bootstrap-server", "election-type"}) {
        if (!line.has(name)) missing.emplace_back(name);
    }
    if (!missing.empty()) {
        return std::unexpected(command_failed(
            fmt::format("Missing required option(s): {}", fmt::join(missing, ", "))));
    }
    int ways = 0;
    for (const auto* name : {"topic", "all-topic-partitions", "path-to-json-file"})
        ways += line.has(name) ? 1 : 0;
    if (ways != 1) {
        return std::unexpected(
            command_failed("One and only one of the following options is required: topic, "
                           "all-topic-partitions, path-to-json-file"));
    }
    if (line.has("topic") && !line.has("partition")) {
        return std::unexpected(command_failed("Missing required option(s): partition"));
    }
    return {};
}

tool_result<std::vector<topic_partition>> read_partitions(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return std::unexpected(
            tool_error{.exception = "java.lang.RuntimeException",
                       .message = "java.io.IOException: Unable to read file " + path});
    }
    std::ostringstream text;
    text << in.rdbuf();
    return parse_partition_json(text.str());
}

// Nothing: all partitions.
tool_result<std::optional<std::vector<topic_partition>>> wanted_partitions(
    const command_line& line) {
    if (line.has("all-topic-partitions")) return std::nullopt;
    if (const auto path = line.value("path-to-json-file")) {
        auto read = read_partitions(*path);
        if (!read) return std::unexpected(read.error());
        return std::move(*read);
    }
    const auto partition = line.number("partition").value_or(0);
    return std::vector{topic_partition{.topic = line.value_or("topic", ""),
                                       .partition = static_cast<std::int32_t>(partition)}};
}

// What became of each partition.
struct election_results {
    std::vector<topic_partition> elected;
    std::vector<topic_partition> unneeded;
    std::vector<std::pair<topic_partition, tool_error>> failed;
};

election_results sorted_out(const elect_leaders_response& response) {
    election_results results;
    for (const auto& topic : response.replica_election_results) {
        for (const auto& each : topic.partition_result) {
            const topic_partition which{topic.topic, each.partition_id.value()};
            if (each.error_code == error_code::none) {
                results.elected.push_back(which);
            } else if (each.error_code == error_code::election_not_needed) {
                results.unneeded.push_back(which);
            } else {
                results.failed.emplace_back(which, error_of(each.error_code, each.error_message));
            }
        }
    }
    const auto hash = [](const topic_partition& each) { return hash_of(each); };
    java::sort_as_hash_map(results.elected, hash);
    java::sort_as_hash_map(results.unneeded, hash);
    java::sort_as_hash_map(results.failed, [](const auto& each) { return hash_of(each.first); });
    return results;
}

std::string joined(const std::vector<topic_partition>& partitions) {
    std::string text;
    for (const auto& each : partitions)
        text += fmt::format("{}{}", text.empty() ? "" : ", ", to_text(each));
    return text;
}

tool_result<void> tell(const election_results& results, std::string_view type) {
    if (!results.elected.empty()) {
        fmt::print("Successfully completed leader election ({}) for partitions {}\n", type,
                   joined(results.elected));
    }
    if (!results.unneeded.empty()) {
        fmt::print("Valid replica already elected for partitions {}\n", joined(results.unneeded));
    }
    for (const auto& [which, error] : results.failed) {
        fmt::print("Error completing leader election ({}) for partition: {}: {}\n", type,
                   to_text(which), described(error));
    }
    if (results.failed.empty()) return {};
    auto error =
        command_failed(fmt::format("{} replica(s) could not be elected", results.failed.size()));
    // As Java's stack shows what was suppressed.
    for (const auto& [which, why] : results.failed)
        error.cause += fmt::format("\tSuppressed: {}\n", described(why));
    return std::unexpected(std::move(error));
}

tool_result<void> elect(const command_line& line) {
    if (auto checked = check(line); !checked) return checked;
    const auto given = line.value_or("election-type", "");
    const auto type = java::to_upper(given);
    if (type != "PREFERRED" && type != "UNCLEAN") {
        return std::unexpected(tool_error{
            .exception = "joptsimple.OptionArgumentConversionException",
            .message = fmt::format("Cannot parse argument '{}' of option election-type", given)});
    }
    if (auto read = line.readable(); !read) return read;
    const auto partitions = wanted_partitions(line);
    if (!partitions) return std::unexpected(partitions.error());
    if (line.has("admin.config")) {
        fmt::print(
            "Option --admin.config has been deprecated and will be removed in a future version. "
            "Use --command-config instead.\n");
    }
    const auto client = admin_of(line);
    if (!client) return std::unexpected(client.error());
    elect_leaders_request request;
    request.election_type = type == "UNCLEAN" ? 1 : 0;
    request.timeout_ms = static_cast<std::int32_t>((*client)->options().request_timeout.count());
    request.topic_partitions.reset();
    if (*partitions) {
        auto& topics = request.topic_partitions.emplace();
        for (const auto& each : **partitions) {
            auto found = std::ranges::find_if(
                topics, [&](const auto& topic) { return topic.topic == each.topic; });
            if (found == topics.end()) {
                topics.emplace_back().topic = each.topic;
                found = std::prev(topics.end());
            }
            found->partitions.emplace_back(each.partition);
        }
    }
    const auto reply =
        (*client)->call<elect_leaders_response>(request, {.call_name = "electLeaders"});
    if (!reply || (*reply)->error_code != error_code::none) {
        fmt::print("Error while making request\n");
        return std::unexpected(reply ? error_of((*reply)->error_code) : reply.error());
    }
    return tell(sorted_out(**reply), type);
}

}  // namespace

int leader_election(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return usage_error(options, line.error());
    if (const auto stop = line->help_or_version(purpose)) return *stop;
    const auto done = elect(*line);
    if (done) return exit_ok;
    const auto& error = done.error();
    complain(fmt::format("{}\n{}: {}\n{}\n", error.message, error.exception, error.message,
                         error.cause));
    return exit_failed;
}

}  // namespace weir::cli::tools
