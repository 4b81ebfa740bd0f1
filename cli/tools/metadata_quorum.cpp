// kafka-metadata-quorum: the quorum of the metadata log. `describe` is served.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "broker/protocol/messages/describe_quorum_request.hpp"
#include "broker/protocol/messages/describe_quorum_response.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/subcommands.hpp"
#include "cli/tools/table.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::protocol::describe_quorum_request;
using broker::protocol::describe_quorum_response;
using replica_state = describe_quorum_response::replica_state;

constexpr option describe_options[] = {
    {"status", "A summary of the quorum."},
    {"replication", "How far each replica has come."},
    {"human-readable", "With --replication: times as distances from now."},
    help_option,
};
constexpr std::string_view commands[] = {"describe", "add-controller", "remove-controller"};

constexpr std::string_view general_usage =
    "usage: kafka-metadata-quorum [-h] [--command-config COMMAND_CONFIG]\n"
    "                             (--bootstrap-server BOOTSTRAP_SERVER |\n"
    "                             --bootstrap-controller BOOTSTRAP_CONTROLLER)\n"
    "                             {describe,add-controller,remove-controller}\n"
    "                             ...\n";
constexpr std::string_view describe_usage =
    "usage: kafka-metadata-quorum (--bootstrap-server BOOTSTRAP_SERVER |\n"
    "                             --bootstrap-controller BOOTSTRAP_CONTROLLER)\n"
    "                             describe [-h] [--status] [--replication]\n"
    "                             [--human-readable]\n";

tool_error plain(std::string message) {
    return {.exception = "org.apache.kafka.tools.TerseException", .message = std::move(message)};
}

int misused(std::string_view usage, std::string_view message) {
    return misused_command("kafka-metadata-quorum", usage, message);
}

int help(std::string_view usage, std::span<const option> options) {
    print_command_help(usage, options);
    return exit_ok;
}

struct quorum {
    describe_quorum_response::partition_data state;
    std::vector<describe_quorum_response::node> nodes;
};

tool_result<quorum> ask_quorum(admin_client& client) {
    describe_quorum_request request;
    auto& topic = request.topics.emplace_back();
    topic.topic_name = "__cluster_metadata";
    topic.partitions.push_back({.partition_index = broker::partition_index(0)});
    const auto reply =
        client.call<describe_quorum_response>(request, {.call_name = "describeMetadataQuorum"});
    if (!reply) return std::unexpected(in_future(reply.error()));
    const auto& answer = **reply;
    if (answer.error_code != error_code::none) {
        return std::unexpected(in_future(error_of(answer.error_code, answer.error_message)));
    }
    if (answer.topics.empty() || answer.topics.front().partitions.empty()) {
        return std::unexpected(in_future(error_of(error_code::unknown_server_error)));
    }
    const auto& state = answer.topics.front().partitions.front();
    if (state.error_code != error_code::none) {
        return std::unexpected(in_future(error_of(state.error_code, state.error_message)));
    }
    return quorum{.state = state, .nodes = answer.nodes};
}

tool_result<replica_state> leader_of(const quorum& of) {
    const auto found =
        std::ranges::find(of.state.current_voters, of.state.leader_id, &replica_state::replica_id);
    if (found != of.state.current_voters.end()) return *found;
    return std::unexpected(
        tool_error{.exception = "java.util.NoSuchElementException", .message = "No value present"});
}

// [{"id": 1, "directoryId": "...", "endpoints": ["CONTROLLER://host:9093"]}]
std::string replicas_text(const quorum& of, const std::vector<replica_state>& replicas) {
    std::string text;
    for (const auto& each : replicas) {
        text += fmt::format("{}{{\"id\": {}", text.empty() ? "" : ", ", each.replica_id);
        if (!each.replica_directory_id.is_zero()) {
            text += fmt::format(", \"directoryId\": \"{}\"", each.replica_directory_id);
        }
        const auto node =
            std::ranges::find(of.nodes, each.replica_id, &describe_quorum_response::node::node_id);
        if (node != of.nodes.end() && !node->listeners.empty()) {
            std::vector<std::string> endpoints;
            for (const auto& listener : node->listeners) {
                endpoints.push_back(
                    fmt::format("\"{}://{}:{}\"", listener.name, listener.host, listener.port));
            }
            text += fmt::format(", \"endpoints\": [{}]", fmt::join(endpoints, ", "));
        }
        text += '}';
    }
    return fmt::format("[{}]", text);
}

tool_result<void> print_status(admin_client& client) {
    const auto cluster = client.cluster();
    if (!cluster) return std::unexpected(in_future(cluster.error()));
    const auto quorum = ask_quorum(client);
    if (!quorum) return std::unexpected(quorum.error());
    const auto leader = leader_of(*quorum);
    if (!leader) return std::unexpected(leader.error());
    const auto& state = quorum->state;
    const auto behind =
        *std::ranges::min_element(state.current_voters, {}, &replica_state::log_end_offset);
    std::int64_t lag_ms = -1;
    if (behind.replica_id == leader->replica_id) {
        lag_ms = 0;
    } else if (leader->last_caught_up_timestamp >= 0 && behind.last_caught_up_timestamp >= 0) {
        lag_ms = leader->last_caught_up_timestamp - behind.last_caught_up_timestamp;
    }
    fmt::print("ClusterId:              {}\n", cluster->cluster_id);
    fmt::print("LeaderId:               {}\n", state.leader_id);
    fmt::print("LeaderEpoch:            {}\n", state.leader_epoch);
    fmt::print("HighWatermark:          {}\n", state.high_watermark);
    fmt::print("MaxFollowerLag:         {}\n", leader->log_end_offset - behind.log_end_offset);
    fmt::print("MaxFollowerLagTimeMs:   {}\n", lag_ms);
    fmt::print("CurrentVoters:          {}\n", replicas_text(*quorum, state.current_voters));
    fmt::print("CurrentObservers:       {}\n", replicas_text(*quorum, state.observers));
    return {};
}

tool_result<std::string> time_text(std::int64_t time, bool human_readable, std::string_view what) {
    if (time < 0) return "-1";
    if (!human_readable) return std::to_string(time);
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
    if (time > 0 && time <= now) return fmt::format("{} ms ago", now - time);
    return std::unexpected(tool_error{
        .exception = "org.apache.kafka.common.KafkaException",
        .message = fmt::format(
            "Error while computing relative time, possible drift in system clock.\nCurrent "
            "timestamp is {}, {} timestamp is {}",
            now, what, time)});
}

tool_result<void> print_replication(admin_client& client, bool human_readable) {
    const auto quorum = ask_quorum(client);
    if (!quorum) return std::unexpected(quorum.error());
    const auto leader = leader_of(*quorum);
    if (!leader) return std::unexpected(leader.error());
    std::vector<std::pair<replica_state, std::string>> replicas = {{*leader, "Leader"}};
    for (const auto& each : quorum->state.current_voters) {
        if (each.replica_id != leader->replica_id) replicas.emplace_back(each, "Follower");
    }
    for (const auto& each : quorum->state.observers)
        replicas.emplace_back(each, "Observer");
    std::vector<std::vector<std::string>> rows;
    for (const auto& [each, status] : replicas) {
        const auto fetched = time_text(each.last_fetch_timestamp, human_readable, "last fetch");
        const auto caught_up =
            time_text(each.last_caught_up_timestamp, human_readable, "last caught up");
        if (!fetched) return std::unexpected(fetched.error());
        if (!caught_up) return std::unexpected(caught_up.error());
        rows.push_back({fmt::format("{}", each.replica_id),
                        fmt::format("{}", each.replica_directory_id),
                        fmt::format("{}", each.log_end_offset),
                        std::to_string(leader->log_end_offset - each.log_end_offset), *fetched,
                        *caught_up, status});
    }
    print_table({"NodeId", "DirectoryId", "LogEndOffset", "Lag", "LastFetchTimestamp",
                 "LastCaughtUpTimestamp", "Status"},
                rows);
    return {};
}

tool_result<void> describe(admin_client& client, const command_line& wanted) {
    const bool status = wanted.has("status");
    const bool replication = wanted.has("replication");
    const bool human_readable = wanted.has("human-readable");
    if (status && replication) {
        return std::unexpected(plain(
            "Only one of --status or --replication should be specified with describe sub-command"));
    }
    if (replication) return print_replication(client, human_readable);
    if (!status) {
        return std::unexpected(
            plain("One of --status or --replication must be specified with describe sub-command"));
    }
    if (human_readable) {
        return std::unexpected(
            plain("The option --human-readable is only supported along with --replication"));
    }
    return print_status(client);
}

// What is wrong with the general options and the command; empty: nothing.
std::string check(const option_split& line, const command_line& general) {
    if (!line.problem.empty()) return line.problem;
    if (general.has("bootstrap-server") && general.has("bootstrap-controller")) {
        return "argument --bootstrap-controller: not allowed with argument --bootstrap-server";
    }
    if (line.rest.empty()) return "too few arguments";
    if (std::ranges::find(commands, line.rest.front()) == std::end(commands)) {
        return fmt::format(
            "invalid choice: '{}' (choose from 'describe', 'add-controller', 'remove-controller')",
            line.rest.front());
    }
    return "";
}

}  // namespace

int metadata_quorum(const arguments& given) {
    const auto line = split_options(quorum_options, given);
    const auto general = command_line::parse(quorum_options, line.options);
    if (!general) return misused(general_usage, general.error());
    if (general->has("help")) return help(general_usage, quorum_options);
    if (auto problem = check(line, *general); !problem.empty()) {
        return misused(general_usage, problem);
    }
    if (line.rest.front() != "describe") {
        return fail_with(line.rest.front() + " is not served by this tool, only describe is");
    }
    const auto rest = split_options(describe_options, {line.rest.begin() + 1, line.rest.end()});
    const auto wanted = command_line::parse(describe_options, rest.options);
    if (!wanted) return misused(describe_usage, wanted.error());
    if (wanted->has("help")) return help(describe_usage, describe_options);
    if (!rest.problem.empty()) return misused(describe_usage, rest.problem);
    if (!rest.rest.empty()) {
        return misused(describe_usage,
                       fmt::format("unrecognized arguments: '{}'", rest.rest.front()));
    }
    if (!general->has("bootstrap-server") && !general->has("bootstrap-controller")) {
        return misused(general_usage,
                       "one of the arguments --bootstrap-server --bootstrap-controller is "
                       "required");
    }
    if (const auto file = general->value("command-config");
        file && !std::filesystem::exists(*file)) {
        return fail_with("Properties file " + *file + " does not exists!");
    }
    const auto client = admin_of(*general);
    if (!client) return fail_with(client.error());
    const auto done = describe(**client, *wanted);
    return done ? exit_ok : fail_with(done.error());
}

}  // namespace weir::cli::tools
