#include "cli/tools/group_admin/offset_planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/tools/cluster_queries.hpp"
#include "cli/tools/group_admin/offset_csv.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/tools/java/time.hpp"
#include "cli/tools/segments/log_file.hpp"

namespace weir::cli::tools::group_admin {
namespace {

// partitions.per.describe of Kafka's Admin client.
constexpr std::int32_t partitions_per_response = 2000;
constexpr std::string_view logger = "org.apache.kafka.tools.OffsetsUtils";

std::vector<std::string> topics_of(const std::vector<topic_partition>& partitions) {
    std::set<std::string> topics;
    for (const auto& each : partitions)
        topics.insert(each.topic);
    return {topics.begin(), topics.end()};
}

void sort_as_map(offset_list& offsets) {
    java::sort_as_hash_map(offsets, [](const auto& each) { return hash_of(each.first); });
}

std::string joined(const std::vector<topic_partition>& partitions) {
    std::string out;
    for (const auto& each : partitions)
        out += fmt::format("{}{}", out.empty() ? "" : ",", to_text(each));
    return out;
}

}  // namespace

tool_error in_execution(const tool_error& error) {
    return {.exception = "java.util.concurrent.ExecutionException", .message = described(error)};
}

tool_error in_runtime(const tool_error& error) {
    return {.exception = "java.lang.RuntimeException", .message = described(error)};
}

tool_result<std::vector<topic_partition>> parse_partitions(const std::string& argument) {
    const auto parts = java::split(argument, ":");
    if (parts.size() != 2) {
        return std::unexpected(illegal_argument(
            fmt::format("Invalid topic arg '{}', expected topic name and partitions", argument)));
    }
    std::vector<topic_partition> out;
    for (const auto& each : java::split(parts[1], ",")) {
        const auto partition = java::parse_int(each);
        if (!partition) {
            return std::unexpected(illegal_argument(fmt::format(
                "Invalid partition '{}' specified in topic arg '{}''", each, argument)));
        }
        out.push_back({parts[0], *partition});
    }
    return out;
}

tool_result<committed_offsets> offset_planner::committed(const std::string& group) {
    auto found = fetch_offsets(client_, group);
    if (!found) return std::unexpected(in_runtime(in_execution(found.error())));
    return found;
}

tool_result<std::vector<topic_partition>> offset_planner::partitions_to_reset(
    const std::string& group) {
    partitions out;
    if (line_.has("all-topics")) {
        const auto found = committed(group);
        if (!found) return std::unexpected(found.error());
        for (const auto& [which, offset] : *found)
            out.push_back(which);
        return out;
    }
    if (!line_.has("topic")) {
        if (line_.has("from-file")) return out;
        return std::unexpected(
            illegal_argument("One of the reset scopes should be defined: --all-topics, --topic."));
    }
    std::vector<std::string> whole;
    for (const auto& each : line_.values("topic")) {
        if (!each.contains(':')) {
            whole.push_back(each);
            continue;
        }
        const auto named = parse_partitions(each);
        if (!named) return std::unexpected(named.error());
        out.insert(out.end(), named->begin(), named->end());
    }
    if (whole.empty()) return out;
    auto topics = describe_topics(client_, whole, partitions_per_response);
    if (!topics) return std::unexpected(topics.error());
    java::sort_as_hash_map(*topics, [](const auto& each) { return java::hash_of(each.name); });
    for (const auto& topic : *topics) {
        for (const auto& each : topic.partitions)
            out.push_back({topic.name, each.index});
    }
    return out;
}

// OffsetsUtils.checkAllTopicPartitionsValid.
tool_result<void> offset_planner::check(const partitions& which) {
    if (which.empty()) return {};
    const auto topics = describe_topics(client_, topics_of(which), partitions_per_response);
    if (!topics) return std::unexpected(in_runtime(in_execution(topics.error())));
    std::map<topic_partition, broker::node_id> leaders;
    for (const auto& topic : *topics) {
        for (const auto& each : topic.partitions)
            leaders.emplace(topic_partition{topic.name, each.index}, each.leader);
    }
    partitions missing;
    partitions leaderless;
    for (const auto& each : which) {
        const auto found = leaders.find(each);
        if (found == leaders.end()) missing.push_back(each);
        if (found != leaders.end() && found->second == broker::no_node) leaderless.push_back(each);
    }
    if (!missing.empty()) {
        return std::unexpected(
            client_error("UnknownTopicOrPartitionException",
                         fmt::format("The partitions \"{}\" do not exist", joined(missing))));
    }
    if (!leaderless.empty()) {
        return std::unexpected(
            client_error("LeaderNotAvailableException",
                         fmt::format("The partitions \"{}\" have no leader", joined(leaderless))));
    }
    return {};
}

tool_result<offset_list> offset_planner::at(const partitions& which, std::int64_t timestamp) {
    std::map<topic_partition, std::int64_t> asked;
    for (const auto& each : which)
        asked.emplace(each, timestamp);
    const auto found = list_offsets(client_, asked);
    offset_list out;
    for (const auto& each : which) {
        const auto& offset = found.at(each);
        if (!offset) return std::unexpected(in_runtime(in_execution(offset.error())));
        out.emplace_back(each, *offset);
    }
    return out;
}

tool_result<offset_list> offset_planner::in_range(offset_list wanted) {
    sort_as_map(wanted);
    partitions which;
    for (const auto& [each, offset] : wanted)
        which.push_back(each);
    const auto starts = at(which, earliest_offset);
    if (!starts) return std::unexpected(starts.error());
    const auto ends = at(which, latest_offset);
    if (!ends) return std::unexpected(ends.error());
    auto out = wanted;
    for (std::size_t index = 0; index < out.size(); ++index) {
        auto& [each, offset] = out[index];
        const auto start = (*starts)[index].second;
        const auto end = (*ends)[index].second;
        if (offset >= start && offset <= end) continue;
        const bool high = offset > end;
        const auto bound = high ? end : start;
        log_line("WARN",
                 fmt::format("New offset ({}) is {} offset for topic partition {}. Value will be "
                             "set to {}",
                             offset, high ? "higher than latest" : "lower than earliest",
                             to_text(each), bound),
                 logger);
        offset = bound;
    }
    return out;
}

// Where no record is that late, the end; that is told.
tool_result<offset_list> offset_planner::to_time(const partitions& which,
                                                 std::chrono::milliseconds time) {
    auto found = at(which, time.count());
    if (!found) return found;
    offset_list none;
    for (const auto& each : *found) {
        if (each.second == -1) none.push_back(each);
    }
    sort_as_map(none);
    partitions late;
    for (const auto& [each, offset] : none) {
        fmt::print(
            "\nWarn: Partition {} from topic {} is empty. Falling back to latest known "
            "offset.\n",
            each.partition, each.topic);
        late.push_back(each);
    }
    const auto ends = at(late, latest_offset);
    if (!ends) return ends;
    for (const auto& [each, end] : *ends)
        std::ranges::find(*found, each, [](const auto& x) { return x.first; })->second = end;
    return found;
}

tool_result<offset_list> offset_planner::by_duration(const partitions& which) {
    const auto duration = java::parse_duration(line_.value_or("by-duration", ""));
    if (!duration) return std::unexpected(duration.error());
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    return to_time(which, now - *duration);
}

tool_result<offset_list> offset_planner::shifted(const std::string& group,
                                                 const partitions& which) {
    const auto current = committed(group);
    if (!current) return std::unexpected(current.error());
    const auto distance = line_.number("shift-by").value_or(0);
    offset_list wanted;
    for (const auto& each : which) {
        const auto found = std::ranges::find(*current, each, [](const auto& x) { return x.first; });
        if (found == current->end()) {
            return std::unexpected(illegal_argument(fmt::format(
                "Cannot shift offset for partition {} since there is no current committed offset",
                to_text(each))));
        }
        wanted.emplace_back(each, found->second.offset + distance);
    }
    return in_range(wanted);
}

tool_result<offset_list> offset_planner::to_current(const std::string& group,
                                                    const partitions& which) {
    const auto current = committed(group);
    if (!current) return std::unexpected(current.error());
    offset_list out;
    partitions without;
    for (const auto& each : which) {
        const auto found = std::ranges::find(*current, each, [](const auto& x) { return x.first; });
        if (found == current->end()) {
            without.push_back(each);
        } else {
            out.emplace_back(each, found->second.offset);
        }
    }
    const auto ends = at(without, latest_offset);
    if (!ends) return ends;
    out.insert(out.end(), ends->begin(), ends->end());
    return out;
}

tool_result<offset_list> offset_planner::from_file(const std::string& group) {
    const auto path = line_.value_or("from-file", "");
    const auto content = segments::read_whole(path);
    if (!content) {
        return std::unexpected(in_runtime(
            {.exception = "java.io.IOException", .message = "Unable to read file " + path}));
    }
    const auto groups = line_.values("group");
    const auto plans = parse_csv(base::as_text(*content),
                                 groups.size() == 1 ? std::optional(groups[0]) : std::nullopt);
    if (!plans) return std::unexpected(plans.error());
    const auto found = plans->find(group);
    if (found != plans->end()) return in_range(found->second);
    fmt::print("\nError: No reset plan for group {} found\n", group);
    return offset_list();
}

tool_result<offset_list> offset_planner::by_scenario(const std::string& group,
                                                     const partitions& which) {
    if (const auto offset = line_.number("to-offset")) {
        offset_list wanted;
        for (const auto& each : which)
            wanted.emplace_back(each, *offset);
        return in_range(wanted);
    }
    if (line_.has("to-earliest")) return at(which, earliest_offset);
    if (line_.has("to-latest")) return at(which, latest_offset);
    if (line_.has("shift-by")) return shifted(group, which);
    if (const auto text = line_.value("to-datetime")) {
        const auto time = java::parse_datetime(*text);
        if (!time) return std::unexpected(in_runtime(time.error()));
        return to_time(which, *time);
    }
    if (line_.has("by-duration")) return by_duration(which);
    if (line_.has("from-file")) return from_file(group);
    if (line_.has("to-current")) return to_current(group, which);
    return std::unexpected(illegal_argument(
        "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], "
        "[shift-by], [to-datetime], [by-duration], [to-earliest], [to-latest], [to-current], "
        "[from-file]]"));
}

tool_result<offset_list> offset_planner::plan(const std::string& group) {
    auto which = partitions_to_reset(group);
    if (!which) return std::unexpected(which.error());
    // A partition that is named twice is one.
    partitions once;
    std::set<topic_partition> seen;
    for (const auto& each : *which) {
        if (seen.insert(each).second) once.push_back(each);
    }
    if (auto checked = check(once); !checked) return std::unexpected(checked.error());
    auto planned = by_scenario(group, once);
    if (planned) sort_as_map(*planned);
    return planned;
}

}  // namespace weir::cli::tools::group_admin
