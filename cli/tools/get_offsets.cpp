// kafka-get-offsets: the offset of each partition at a time.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "cli/tools/cluster_queries.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/tools/leader_calls.hpp"
#include "cli/tools/options.hpp"
#include "cli/tools/pattern.hpp"

namespace weir::cli::tools {
namespace {

constexpr std::string_view purpose = "An interactive shell for getting topic-partition offsets.";

constexpr option options[] = {
    {"bootstrap-server", "REQUIRED: the brokers to connect to first.", takes::value, "String",
     "HOST1:PORT1,...,HOST3:PORT3"},
    {"command-config", "A properties file for the client.", takes::value, "String", "config file"},
    {"exclude-internal-topics", "Without Kafka's internal topics."},
    {"partitions", "The partitions, separated by commas; not with --topic-partitions.",
     takes::value, "String", "partition ids"},
    {"time", "The time: an offset is that of the first record then or later.", takes::value,
     "String",
     "<timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / "
     "-5 or latest-tiered / -6 or earliest-pending-upload",
     "latest"},
    {"topic", "The topic, or a regular expression; not with --topic-partitions.", takes::value,
     "String", "topic"},
    {"topic-partitions",
     "Rules separated by commas: a regular expression of topics (all when there is none), and "
     "behind a colon one partition, FROM-TO without TO, FROM- or -TO.",
     takes::value, "String", "topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3"},
    help_option,
    version_option,
};

// Some partitions of some topics.
struct rule {
    pattern topics;
    std::set<std::int32_t> partitions;  // empty: those in the range
    std::int32_t from = 0;
    std::int32_t until = std::numeric_limits<std::int32_t>::max();

    bool admits(const topic_partition& which) const {
        if (!topics.matches(which.topic)) return false;
        if (!partitions.empty()) return partitions.contains(which.partition);
        return which.partition >= from && which.partition < until;
    }
};

tool_error plain(std::string message) {
    return {.exception = "org.apache.kafka.tools.TerseException", .message = std::move(message)};
}

// "topic:3", "topic:1-3", "topic:2-", "topic:-2", "topic", ":2".
tool_result<rule> parse_rule(const std::string& text) {
    const auto colon = text.find(':');
    const auto topic = text.substr(0, colon);
    auto topics = pattern::compile_topics(topic.empty() ? ".*" : topic);
    if (!topics) return std::unexpected(topics.error());
    rule parsed{.topics = std::move(*topics)};
    if (colon == std::string::npos) return parsed;
    const auto wanted = text.substr(colon + 1);
    if (wanted.find_first_not_of("0123456789-") != std::string::npos ||
        wanted.find('-') != wanted.rfind('-')) {
        auto error = plain("Invalid rule specification: " + text);
        error.message = described(error);
        return std::unexpected(std::move(error));
    }
    const auto hyphen = wanted.find('-');
    const auto first = wanted.substr(0, hyphen);
    const auto second = hyphen == std::string::npos ? "" : wanted.substr(hyphen + 1);
    for (const auto& [digits, into] : {std::pair(first, &parsed.from), {second, &parsed.until}}) {
        if (digits.empty()) continue;
        const auto number = java::parse_int(digits);
        if (!number) return std::unexpected(java::number_format(digits));
        *into = *number;
    }
    if (hyphen == std::string::npos && !first.empty()) parsed.partitions = {parsed.from};
    return parsed;
}

tool_result<std::vector<rule>> parse_rules(const command_line& line) {
    std::vector<rule> rules;
    if (const auto list = line.value("topic-partitions")) {
        for (const auto& each : java::split(*list, ",")) {
            auto parsed = parse_rule(each);
            if (!parsed) return std::unexpected(parsed.error());
            rules.push_back(std::move(*parsed));
        }
        return rules;
    }
    auto topics = pattern::compile_topics(line.value_or("topic", ".*"));
    if (!topics) return std::unexpected(topics.error());
    rule only{.topics = std::move(*topics)};
    const auto partitions = line.value_or("partitions", "");
    if (!partitions.empty()) {
        for (const auto& each : java::split(partitions, ",")) {
            const auto number = java::parse_int(each);
            if (!number) {
                return std::unexpected(plain(
                    "--partitions expects a comma separated list of numeric partition ids, but "
                    "received: " +
                    partitions));
            }
            only.partitions.insert(*number);
        }
    }
    rules.push_back(std::move(only));
    return rules;
}

tool_result<std::int64_t> parse_time(const std::string& text) {
    static const std::map<std::string_view, std::int64_t> names = {
        {"latest", latest_offset},
        {"earliest", earliest_offset},
        {"max-timestamp", max_timestamp_offset},
        {"earliest-local", earliest_local_offset},
        {"latest-tiered", latest_tiered_offset},
        {"earliest-pending-upload", earliest_pending_upload_offset}};
    if (const auto found = names.find(text); found != names.end()) return found->second;
    if (const auto number = java::parse_long(text)) return *number;
    return std::unexpected(plain(
        fmt::format("Malformed time argument {}. Please use -1 or latest / -2 or earliest / -3 or "
                    "max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or "
                    "earliest-pending-upload, or a specified long format timestamp",
                    text)));
}

bool is_admitted(const std::vector<rule>& rules, const topic_partition& which) {
    for (const auto& each : rules) {
        if (each.admits(which)) return true;
    }
    return false;
}

tool_result<std::map<topic_partition, std::int64_t>> partitions_at(admin_client& client,
                                                                   const command_line& line,
                                                                   const std::vector<rule>& rules,
                                                                   std::int64_t time) {
    const auto all = list_topics(client);
    if (!all) return std::unexpected(in_future(all.error()));
    std::vector<std::string> names;
    for (const auto& topic : *all) {
        if (topic.is_internal && line.has("exclude-internal-topics")) continue;
        const bool wanted = std::ranges::any_of(
            rules, [&](const rule& each) { return each.topics.matches(topic.name); });
        if (wanted) names.push_back(topic.name);
    }
    std::map<topic_partition, std::int64_t> found;
    if (names.empty()) return found;
    constexpr std::int32_t page = 2000;
    const auto topics = describe_topics(client, names, page);
    if (!topics) return std::unexpected(in_future(topics.error()));
    for (const auto& topic : *topics) {
        for (const auto& each : topic.partitions) {
            const topic_partition which{topic.name, each.index};
            if (is_admitted(rules, which)) found.emplace(which, time);
        }
    }
    return found;
}

tool_result<void> print_offsets(const command_line& line) {
    if (auto read = line.readable(); !read) return read;
    if (line.has("topic-partitions") && (line.has("topic") || line.has("partitions"))) {
        return std::unexpected(
            plain("--topic-partitions cannot be used with --topic or --partitions"));
    }
    const auto time = parse_time(line.value_or("time", "latest"));
    if (!time) return std::unexpected(time.error());
    const auto rules = parse_rules(line);
    if (!rules) return std::unexpected(rules.error());
    const auto client = admin_of(line, "GetOffsetShell");
    if (!client) return std::unexpected(client.error());
    const auto wanted = partitions_at(**client, line, *rules, *time);
    if (!wanted) return std::unexpected(wanted.error());
    if (wanted->empty()) {
        return std::unexpected(
            plain("Could not match any topic-partitions with the specified filters"));
    }
    // In the order of their names as texts: t-10 before t-2.
    std::map<std::string, std::string> lines;
    for (const auto& [which, offset] : list_offsets(**client, *wanted)) {
        if (!offset) {
            complain(fmt::format("Skip getting offsets for topic-partition {} due to error: {}\n",
                                 to_text(which), described(offset.error())));
        } else if (*offset != -1) {
            lines[to_text(which)] =
                fmt::format("{}:{}:{}\n", which.topic, which.partition, *offset);
        }
    }
    for (const auto& [name, text] : lines)
        fmt::print("{}", text);
    return {};
}

}  // namespace

int get_offsets(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return fail_with("Error occurred: " + line.error());
    if (const auto stop = line->help_or_version(purpose)) return *stop;
    if (const auto stop = line->require({"bootstrap-server"})) return *stop;
    if (!parse_bootstrap(line->value_or("bootstrap-server", ""))) {
        return line->usage("Please provide valid host:port like host1:9091,host2:9092\n ");
    }
    const auto done = print_offsets(*line);
    if (done) return exit_ok;
    return fail_with("Error occurred: " + done.error().message);
}

}  // namespace weir::cli::tools
