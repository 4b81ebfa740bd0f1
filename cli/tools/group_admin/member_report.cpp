// --describe --members: who is in a group, and what each one was given.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cli/tools/group_admin/group_reports.hpp"
#include "cli/tools/group_admin/group_states.hpp"

namespace weir::cli::tools::group_admin {
namespace {

// "t:0,1;u:2", or "-" for none.
std::string assignment_text(const std::vector<topic_partition>& assignment) {
    if (assignment.empty()) return "-";
    std::map<std::string, std::set<std::int32_t>> by_topic;
    for (const auto& each : assignment)
        by_topic[each.topic].insert(each.partition);
    std::vector<std::string> topics;
    for (const auto& [topic, partitions] : by_topic)
        topics.push_back(fmt::format("{}:{}", topic, fmt::join(partitions, ",")));
    std::ranges::sort(topics);
    return fmt::format("{}", fmt::join(topics, ";"));
}

struct member_widths {
    std::size_t group = 15;
    std::size_t id = 15;
    std::size_t instance = 17;
    std::size_t host = 15;
    std::size_t client = 15;
    std::size_t current = 20;
    std::size_t target = 20;
    bool has_instances = false;
    bool migrating = false;
};

member_widths widths_of(const group_description& group) {
    member_widths out;
    bool has_classic = false;
    bool has_consumer = false;
    for (const auto& each : group.members) {
        const auto instance = each.instance_id.value_or("");
        out.group = std::max(out.group, group.id.size());
        out.id = std::max(out.id, each.id.size());
        out.instance = std::max(out.instance, instance.size());
        out.host = std::max(out.host, each.host.size());
        out.client = std::max(out.client, each.client_id.size());
        out.current = std::max(out.current, assignment_text(each.assignment).size());
        out.target = std::max(out.target, assignment_text(each.target).size());
        out.has_instances = out.has_instances || !instance.empty();
        has_classic = has_classic || each.upgraded == std::optional(false);
        has_consumer = has_consumer || each.upgraded == std::optional(true);
    }
    out.migrating = has_classic && has_consumer;
    return out;
}

struct member_row {
    std::string_view group;
    std::string_view id;
    std::string_view instance;
    std::string_view host;
    std::string_view client;
    std::string partitions;
    std::string epoch;
    std::string current;
    std::string target_epoch;
    std::string target;
    std::string upgraded;
};

void print_member(const member_row& row, const member_widths& widths, bool verbose) {
    fmt::print("{:<{}} {:<{}} ", row.group, widths.group, row.id, widths.id);
    if (widths.has_instances) fmt::print("{:<{}} ", row.instance, widths.instance);
    fmt::print("{:<{}} {:<{}} {:<15} ", row.host, widths.host, row.client, widths.client,
               row.partitions);
    if (verbose) {
        fmt::print("{:<15} {:<{}} {:<15} {:<{}}", row.epoch, row.current, widths.current,
                   row.target_epoch, row.target, widths.target);
        if (widths.migrating) fmt::print(" {}", row.upgraded);
    }
    fmt::print("\n");
}

void print_members(const group_description& group, bool shown, bool verbose) {
    // The titles are there even for a group without members, in the widths of none.
    const auto widths = shown ? widths_of(group) : member_widths();
    fmt::print("\n");
    print_member({.group = "GROUP",
                  .id = "CONSUMER-ID",
                  .instance = "GROUP-INSTANCE-ID",
                  .host = "HOST",
                  .client = "CLIENT-ID",
                  .partitions = "#PARTITIONS",
                  .epoch = "CURRENT-EPOCH",
                  .current = "CURRENT-ASSIGNMENT",
                  .target_epoch = "TARGET-EPOCH",
                  .target = "TARGET-ASSIGNMENT",
                  .upgraded = "UPGRADED"},
                 widths, verbose);
    const auto number = [](const std::optional<std::int32_t>& value) {
        return value ? fmt::format("{}", *value) : std::string("-");
    };
    for (const auto& each : group.members) {
        print_member({.group = group.id,
                      .id = each.id,
                      .instance = each.instance_id ? std::string_view(*each.instance_id)
                                                   : std::string_view(),
                      .host = each.host,
                      .client = each.client_id,
                      .partitions = fmt::format("{}", each.assignment.size()),
                      .epoch = number(each.epoch),
                      .current = assignment_text(each.assignment),
                      .target_epoch = number(group.assignment_epoch),
                      .target = assignment_text(each.target),
                      .upgraded = !each.upgraded   ? "-"
                                  : *each.upgraded ? "true"
                                                   : "false"},
                     widths, verbose);
    }
}

}  // namespace

tool_result<void> report_members(admin_client& client, const std::vector<std::string>& groups,
                                 bool verbose) {
    const auto found = describe_all(client, groups);
    if (!found) return std::unexpected(found.error());
    for (const auto& [id, group] : *found) {
        const auto shown = tell_state(group, group.members.size());
        if (!shown) return std::unexpected(shown.error());
        print_members(group, *shown, verbose);
    }
    return {};
}

}  // namespace weir::cli::tools::group_admin
