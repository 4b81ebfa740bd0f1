// kafka-delete-records: cuts partitions off below given offsets.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "broker/protocol/messages/delete_records_request.hpp"
#include "broker/protocol/messages/delete_records_response.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/leader_calls.hpp"
#include "cli/tools/offset_json.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::protocol::delete_records_request;
using broker::protocol::delete_records_response;

constexpr std::string_view purpose =
    "This tool helps to delete records of the given partitions down to the specified offset.";
constexpr std::string_view handler =
    "org.apache.kafka.clients.admin.internals.DeleteRecordsHandler";

constexpr option options[] = {
    {"bootstrap-server", "REQUIRED: the brokers to connect to first.", takes::value, "String",
     "server(s) to use for bootstrapping"},
    {"command-config", "A properties file for the client.", takes::value, "String",
     "command config property file path"},
    {"offset-json-file",
     "REQUIRED: a JSON file with the first offset that each partition keeps: {\"partitions\": "
     "[{\"topic\": \"foo\", \"partition\": 1, \"offset\": 1}], \"version\": 1}",
     takes::value, "String", "Offset json file path"},
    help_option,
    version_option,
};

tool_result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return std::unexpected(tool_error{.exception = "java.io.IOException",
                                          .message = "Unable to read file " + path,
                                          .cause = "java.nio.file.NoSuchFileException: " + path});
    }
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

using offsets = std::map<topic_partition, std::int64_t>;

tool_result<offsets> read_offsets(const std::string& path) {
    const auto text = read_file(path);
    if (!text) return std::unexpected(text.error());
    const auto parsed = parse_offset_json(*text);
    if (!parsed) return std::unexpected(parsed.error());
    offsets unique;
    std::string repeated;
    for (const auto& [which, offset] : *parsed) {
        if (unique.emplace(which, offset).second) continue;
        repeated += fmt::format("{}{}", repeated.empty() ? "" : ",", to_text(which));
    }
    if (repeated.empty()) return unique;
    return std::unexpected(
        tool_error{.exception = "org.apache.kafka.tools.AdminCommandFailedException",
                   .message = "Offset json file contains duplicate topic partitions: " + repeated});
}

tool_result<partition_answers> delete_at(admin_client& client, broker::node_id leader,
                                         const std::vector<topic_partition>& led,
                                         const offsets& before) {
    delete_records_request request;
    request.timeout_ms = static_cast<std::int32_t>(client.options().api_timeout.count());
    for (const auto& each : led) {
        if (request.topics.empty() || request.topics.back().name != each.topic) {
            request.topics.emplace_back().name = each.topic;
        }
        request.topics.back().partitions.push_back(
            {.partition_index = broker::partition_index(each.partition),
             .offset = broker::offset(before.at(each))});
    }
    const auto reply = client.call<delete_records_response>(
        request, {.call_name = "deleteRecords", .node = leader});
    if (!reply) return std::unexpected(reply.error());
    partition_answers answers;
    for (const auto& topic : (*reply)->topics) {
        for (const auto& each : topic.partitions) {
            const topic_partition which{topic.name, each.partition_index.value()};
            if (each.error_code == error_code::none) {
                answers.emplace(which, each.low_watermark.value());
                continue;
            }
            answers.emplace(which, std::unexpected(each.error_code));
            if (broker::is_retriable(each.error_code)) continue;
            const auto text = fmt::format(
                "[AdminClient clientId={}] DeleteRecords request for topic partition {} failed due "
                "to an unexpected error {}",
                client.options().client_id, to_text(which), each.error_code);
            log_line("ERROR", text, handler);
        }
    }
    return answers;
}

tool_result<void> remove(const command_line& line) {
    if (auto read = line.readable(); !read) return read;
    const auto client = admin_of(line);
    if (!client) return std::unexpected(client.error());
    const auto before = read_offsets(line.value_or("offset-json-file", ""));
    if (!before) return std::unexpected(before.error());
    fmt::print("Executing records delete operation\n");
    std::vector<topic_partition> partitions;
    for (const auto& [which, offset] : *before)
        partitions.push_back(which);
    const auto done = ask_leaders(**client, partitions, [&](auto leader, const auto& led) {
        return delete_at(**client, leader, led, *before);
    });
    fmt::print("Records delete operation completed:\n");
    java::sort_as_hash_map(partitions, [](const topic_partition& each) { return hash_of(each); });
    for (const auto& which : partitions) {
        const auto& result = done.at(which);
        if (result) {
            fmt::print("partition: {}\tlow_watermark: {}\n", to_text(which), *result);
        } else {
            fmt::print("partition: {}\terror: {}\n", to_text(which), described(result.error()));
        }
    }
    return {};
}

}  // namespace

int delete_records(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return fail_with(line.error());
    if (const auto stop = line->help_or_version(purpose)) return *stop;
    if (const auto stop = line->require({"bootstrap-server", "offset-json-file"})) return *stop;
    const auto done = remove(*line);
    return done ? exit_ok : fail_with(done.error());
}

}  // namespace weir::cli::tools
