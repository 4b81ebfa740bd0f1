// --describe --offsets: how far a group is in each partition, and who reads it.
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

constexpr std::int32_t partitions_per_response = 2000;

struct offset_row {
    topic_partition which;
    std::string leader_epoch = "-";
    std::string current = "-";
    std::string end = "-";
    std::string lag = "-";
    std::string consumer = "-";
    std::string host = "-";
    std::string client = "-";
};

// The ends of the logs of partitions that have leaders; the others are left out.
tool_result<std::map<topic_partition, std::int64_t>> log_ends(
    admin_client& client, const std::vector<topic_partition>& partitions) {
    std::set<std::string> topics;
    for (const auto& each : partitions)
        topics.insert(each.topic);
    const auto described =
        describe_topics(client, {topics.begin(), topics.end()}, partitions_per_response);
    if (!described) return std::unexpected(in_runtime(in_execution(described.error())));
    std::set<topic_partition> leaderless;
    for (const auto& topic : *described) {
        for (const auto& each : topic.partitions) {
            if (each.leader == broker::no_node) leaderless.insert({topic.name, each.index});
        }
    }
    std::map<topic_partition, std::int64_t> asked;
    for (const auto& each : partitions) {
        if (!leaderless.contains(each)) asked.emplace(each, latest_offset);
    }
    std::map<topic_partition, std::int64_t> ends;
    for (const auto& [each, end] : list_offsets(client, asked)) {
        if (!end) return std::unexpected(in_runtime(in_execution(end.error())));
        ends.emplace(each, *end);
    }
    return ends;
}

using committed_map = std::map<topic_partition, committed_offset>;

// The rows of partitions that have the same owner, by topic and partition.
tool_result<void> add_rows(admin_client& client, std::vector<topic_partition> partitions,
                           const committed_map& committed, const offset_row& owner,
                           std::vector<offset_row>& rows) {
    if (partitions.empty()) return {};
    std::ranges::sort(partitions);
    const auto ends = log_ends(client, partitions);
    if (!ends) return std::unexpected(ends.error());
    for (const auto& each : partitions) {
        auto row = owner;
        row.which = each;
        const auto end = ends->find(each);
        if (end != ends->end()) row.end = fmt::format("{}", end->second);
        const auto found = committed.find(each);
        if (found != committed.end()) {
            const auto& [offset, epoch] = found->second;
            row.current = fmt::format("{}", offset);
            if (epoch) row.leader_epoch = fmt::format("{}", *epoch);
            if (end != ends->end()) row.lag = fmt::format("{}", end->second - offset);
        }
        rows.push_back(std::move(row));
    }
    return {};
}

tool_result<std::vector<offset_row>> offset_rows(admin_client& client,
                                                 const group_description& group) {
    const auto fetched = fetch_offsets(client, group.id);
    if (!fetched) return std::unexpected(in_runtime(in_execution(fetched.error())));
    const committed_map committed(fetched->begin(), fetched->end());
    // Those with most partitions first.
    std::vector<std::pair<std::size_t, std::size_t>> order;
    for (std::size_t at = 0; at < group.members.size(); ++at)
        order.emplace_back(group.members[at].assignment.size(), at);
    std::ranges::sort(order, [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::vector<offset_row> rows;
    std::set<topic_partition> assigned;
    for (const auto& [size, at] : order) {
        const auto& member = group.members[at];
        assigned.insert(member.assignment.begin(), member.assignment.end());
        const offset_row owner{
            .which = {}, .consumer = member.id, .host = member.host, .client = member.client_id};
        auto added = add_rows(client, member.assignment, committed, owner, rows);
        if (!added) return std::unexpected(added.error());
    }
    std::vector<topic_partition> unassigned;
    for (const auto& [each, offset] : committed) {
        if (!assigned.contains(each)) unassigned.push_back(each);
    }
    auto added = add_rows(client, unassigned, committed, {}, rows);
    if (!added) return std::unexpected(added.error());
    return rows;
}

void print_offsets(const std::string& group, const std::vector<offset_row>& rows, bool verbose) {
    std::size_t group_width = std::max<std::size_t>(15, group.size());
    std::size_t topic_width = 15;
    std::size_t consumer_width = 15;
    std::size_t host_width = 15;
    for (const auto& each : rows) {
        topic_width = std::max(topic_width, each.which.topic.size());
        consumer_width = std::max(consumer_width, each.consumer.size());
        host_width = std::max(host_width, each.host.size());
    }
    const auto print = [&](std::string_view group_text, const offset_row& row,
                           std::string_view partition) {
        fmt::print("\n{:<{}} {:<{}} {:<10} ", group_text, group_width, row.which.topic, topic_width,
                   partition);
        if (verbose) fmt::print("{:<15} ", row.leader_epoch);
        fmt::print("{:<15} {:<15} {:<15} {:<{}} {:<{}} {}", row.current, row.end, row.lag,
                   row.consumer, consumer_width, row.host, host_width, row.client);
    };
    const offset_row titles{.which = {"TOPIC", 0},
                            .leader_epoch = "LEADER-EPOCH",
                            .current = "CURRENT-OFFSET",
                            .end = "LOG-END-OFFSET",
                            .lag = "LAG",
                            .consumer = "CONSUMER-ID",
                            .host = "HOST",
                            .client = "CLIENT-ID"};
    print("GROUP", titles, "PARTITION");
    for (const auto& each : rows)
        print(group, each, fmt::format("{}", each.which.partition));
    fmt::print("\n");
}

}  // namespace

tool_result<void> report_offsets(admin_client& client, const std::vector<std::string>& groups,
                                 bool verbose) {
    const auto found = describe_all(client, groups);
    if (!found) return std::unexpected(found.error());
    std::map<std::string, std::vector<offset_row>> rows;
    for (const auto& [id, group] : *found) {
        auto of_group = offset_rows(client, group);
        if (!of_group) return std::unexpected(of_group.error());
        rows.emplace(id, std::move(*of_group));
    }
    for (const auto& [id, group] : *found) {
        const auto shown = tell_state(group, rows[id].size());
        if (!shown) return std::unexpected(shown.error());
        if (*shown) print_offsets(id, rows[id], verbose);
    }
    return {};
}

}  // namespace weir::cli::tools::group_admin
