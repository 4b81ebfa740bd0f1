// --delete-offsets: a group's offsets for some topics are deleted.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cli/tools/cluster_queries.hpp"
#include "cli/tools/group_admin/group_reports.hpp"
#include "cli/tools/group_admin/group_states.hpp"
#include "cli/tools/group_admin/offset_planner.hpp"

namespace weir::cli::tools::group_admin {
namespace {

using broker::error_code;

constexpr std::int32_t partitions_per_response = 2000;

// What became of each partition; -1 stands for a topic that could not be described.
using outcomes = std::map<topic_partition, std::optional<tool_error>>;

void tell_overall(const std::string& group, error_code code) {
    switch (code) {
        case error_code::none:
            fmt::print("Request succeeded for deleting offsets from group {}.\n", group);
            return;
        case error_code::invalid_group_id:
        case error_code::group_id_not_found:
        case error_code::group_authorization_failed:
        case error_code::non_empty_group:
            print_error(error_of(code).message);
            return;
        case error_code::group_subscribed_to_topic:
        case error_code::topic_authorization_failed:
        case error_code::unknown_topic_or_partition:
            print_error("Encountered some partition-level error, see the follow-up details.");
            return;
        default:
            print_error(fmt::format("Encountered some unknown error: {}", code));
    }
}

void print_outcomes(const outcomes& all) {
    std::size_t width = 15;
    std::map<std::string, const outcomes::value_type*> sorted;
    for (const auto& each : all) {
        width = std::max(width, each.first.topic.size());
        sorted[fmt::format("{}{}", each.first.topic, each.first.partition)] = &each;
    }
    fmt::print("\n{:<{}} {:<10} {:<15}", "TOPIC", width, "PARTITION", "STATUS");
    for (const auto& [key, each] : sorted) {
        const auto& [which, error] = *each;
        const auto partition =
            which.partition >= 0 ? fmt::format("{}", which.partition) : std::string("-");
        const auto status = error ? "Error: " + described(*error) : std::string("Successful");
        fmt::print("\n{:<{}} {:<10} {:<15}", which.topic, width, partition, status);
    }
    fmt::print("\n");
}

// The partitions named, and those of topics named whole; topics that are none go to `failed`.
tool_result<std::set<topic_partition>> partitions_of(admin_client& client,
                                                     const std::vector<std::string>& topics,
                                                     outcomes& failed) {
    std::set<topic_partition> out;
    for (const auto& each : std::set<std::string>(topics.begin(), topics.end())) {
        if (each.contains(':')) {
            const auto named = parse_partitions(each);
            if (!named) return std::unexpected(named.error());
            out.insert(named->begin(), named->end());
            continue;
        }
        const auto found = describe_topics(client, {each}, partitions_per_response);
        if (!found) {
            failed.emplace(topic_partition{each, -1}, found.error());
            continue;
        }
        for (const auto& topic : *found) {
            for (const auto& partition : topic.partitions)
                out.insert({topic.name, partition.index});
        }
    }
    return out;
}

}  // namespace

tool_result<void> delete_group_offsets(admin_client& client, const std::string& group,
                                       const std::vector<std::string>& topics) {
    outcomes all;
    const auto which = partitions_of(client, topics, all);
    if (!which) return std::unexpected(which.error());
    const auto deleted = delete_offsets(client, group, {which->begin(), which->end()});
    if (!deleted) return std::unexpected(deleted.error());
    auto overall = *deleted ? error_code::none : deleted->error();
    for (const auto& each : *which) {
        auto code = overall;
        if (*deleted) {
            const auto found = (*deleted)->find(each);
            code = found == (*deleted)->end() ? error_code::none : found->second;
        }
        all[each] = code == error_code::none ? std::nullopt : std::optional(error_of(code));
    }
    if (*deleted) {
        for (const auto& [each, code] : **deleted) {
            if (overall == error_code::none) overall = code;
        }
    }
    tell_overall(group, overall);
    print_outcomes(all);
    return {};
}

}  // namespace weir::cli::tools::group_admin
