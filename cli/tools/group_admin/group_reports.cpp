#include "cli/tools/group_admin/group_reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/tools/group_admin/group_states.hpp"
#include "cli/tools/group_admin/offset_planner.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::group_admin {
namespace {

// "stable,empty" as names; fails when one is none of them.
tool_result<std::vector<std::string>> parse_names(std::span<const std::string_view> names,
                                                  const std::string& text,
                                                  std::string_view complaint) {
    std::vector<std::string> out;
    for (const auto& each : java::split(text, ",")) {
        const auto name = named(names, each);
        if (name == "Unknown") {
            return std::unexpected(illegal_argument(
                fmt::format("{} '{}'. Valid {} are: {}", fmt::format("Invalid {} list", complaint),
                            text, complaint, fmt::join(names, ", "))));
        }
        if (std::ranges::count(out, name) == 0) out.push_back(name);
    }
    return out;
}

void print_state(const group_description& group, bool verbose) {
    const auto& node = group.coordinator;
    const auto coordinator = fmt::format("{}:{}  ({})", node.host, node.port, node.id);
    const auto coordinator_width = std::max<std::size_t>(25, coordinator.size());
    const auto group_width = std::max<std::size_t>(15, group.id.size());
    const auto number = [](const std::optional<std::int32_t>& value) {
        return value ? fmt::format("{}", *value) : std::string("-");
    };
    const auto print = [&](std::string_view id, std::string_view where, std::string_view assignor,
                           std::string_view state, std::string_view epoch,
                           std::string_view assignment_epoch, std::string_view members) {
        fmt::print("\n{:<{}} {:<{}} {:<20} {:<20} ", id, group_width, where, coordinator_width,
                   assignor, state);
        if (verbose) fmt::print("{:<15} {:<25} ", epoch, assignment_epoch);
        fmt::print("{}", members);
    };
    print("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "GROUP-EPOCH",
          "TARGET-ASSIGNMENT-EPOCH", "#MEMBERS");
    print(group.id, coordinator, group.assignor.empty() ? "-" : group.assignor, group.state,
          number(group.epoch), number(group.assignment_epoch),
          fmt::format("{}", group.members.size()));
    fmt::print("\n");
}

}  // namespace

tool_result<std::vector<std::string>> all_groups(admin_client& client) {
    const auto groups =
        list_groups(client, {.states = {}, .types = {type_names().begin(), type_names().end()}});
    if (!groups) return std::unexpected(in_runtime(in_execution(groups.error())));
    std::vector<std::string> out;
    for (const auto& each : *groups)
        out.push_back(each.id);
    return out;
}

tool_result<void> report_list(admin_client& client, const command_line& line) {
    const bool with_type = line.has("type");
    const bool with_state = line.has("state");
    if (!with_type && !with_state) {
        const auto groups = all_groups(client);
        if (!groups) return std::unexpected(groups.error());
        for (const auto& each : *groups)
            fmt::print("{}\n", each);
        return {};
    }
    list_filter filter;
    if (const auto text = line.value_or("type", ""); !text.empty()) {
        const auto wanted = parse_names(type_names(), text, "types");
        if (!wanted) return std::unexpected(wanted.error());
        filter.types = *wanted;
    }
    if (const auto text = line.value_or("state", ""); !text.empty()) {
        const auto wanted = parse_names(state_names(), text, "states");
        if (!wanted) return std::unexpected(wanted.error());
        filter.states = *wanted;
    }
    const auto groups = list_groups(client, filter);
    if (!groups) return std::unexpected(in_execution(groups.error()));
    std::size_t width = 15;
    for (const auto& each : *groups)
        width = std::max(width, each.id.size());
    width += 10;
    const auto print = [&](std::string_view id, std::string_view type, std::string_view state) {
        fmt::print("{:<{}}", id, width);
        if (with_type) fmt::print(" {:<20}", type);
        if (with_state) fmt::print(" {:<20}", state);
        fmt::print("\n");
    };
    print("GROUP", "TYPE", "STATE");
    for (const auto& each : *groups)
        print(each.id, named(type_names(), each.type), named(state_names(), each.state));
    return {};
}

tool_result<void> report_states(admin_client& client, const std::vector<std::string>& groups,
                                bool verbose) {
    const auto found = describe_all(client, groups);
    if (!found) return std::unexpected(found.error());
    for (const auto& [id, group] : *found) {
        const auto shown = tell_state(group, 1);
        if (!shown) return std::unexpected(shown.error());
        if (*shown) print_state(group, verbose);
    }
    return {};
}

}  // namespace weir::cli::tools::group_admin
