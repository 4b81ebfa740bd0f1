// kafka-consumer-groups.sh: the groups of consumers, and their offsets.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "cli/tools/cluster_queries.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/group_admin/group_reports.hpp"
#include "cli/tools/group_admin/group_states.hpp"
#include "cli/tools/group_admin/offset_csv.hpp"
#include "cli/tools/group_admin/offset_planner.hpp"
#include "cli/tools/group_admin/regex_check.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/uncaught.hpp"
#include "cli/tools/options.hpp"
#include "cli/verb.hpp"

namespace weir::cli::tools {
namespace {

using namespace group_admin;

constexpr option options[] = {
    {"bootstrap-server", "The brokers to connect to first; needed but for --validate-regex.",
     takes::value, "String", "server to connect to"},
    {"group", "The group.", takes::value, "String", "consumer group", {}, true},
    {"topic",
     "The topic, or topic:0,1 for some of its partitions.",
     takes::value,
     "String",
     "topic",
     {},
     true},
    {"all-topics", "All topics that the group has offsets of."},
    {"list", "List the groups."},
    {"describe", "Describe groups: their offsets, unless --members or --state is given."},
    {"all-groups", "All groups."},
    {"delete", "Delete groups."},
    {"timeout", "How long to wait for an answer, in ms.", takes::value, "Long", "timeout (ms)",
     "30000"},
    {"command-config", "A properties file for the client.", takes::value, "String",
     "command config property file"},
    {"reset-offsets",
     "Set the offsets of groups without members: with --dry-run only show them, with --execute "
     "do it; with --export as lines for --from-file."},
    {"delete-offsets", "Delete the offsets of a group for topics."},
    {"dry-run", "Only show what would be done."},
    {"execute", "Do it."},
    {"export", "Show offsets as lines of a CSV file."},
    {"to-offset", "Reset to this offset.", takes::value, "Long", "offset"},
    {"from-file", "Reset to the offsets of a CSV file.", takes::value, "String",
     "path to CSV file"},
    {"to-datetime", "Reset to a time, YYYY-MM-DDThh:mm:ss.sss.", takes::value, "String",
     "datetime"},
    {"by-duration", "Reset to so long ago, PnDTnHnMnS.", takes::value, "String", "duration"},
    {"to-earliest", "Reset to the first offset."},
    {"to-latest", "Reset to the end."},
    {"to-current", "Reset to the current offset."},
    {"shift-by", "Move the current offset by so many, back when negative.", takes::value, "Long",
     "number-of-offsets"},
    {"members", "Describe the members of groups."},
    {"verbose", "Describe more of them."},
    {"offsets", "Describe the offsets of groups."},
    {"state", "Describe the state of groups; with --list show it, or those of some states.",
     takes::maybe_value},
    {"type", "With --list show the types, or the groups of some types.", takes::maybe_value},
    {"validate-regex", "Is this a regular expression for a subscription?", takes::value, "String",
     "regex"},
    help_option,
    version_option,
};

constexpr std::string_view actions[] = {"list",          "describe",       "delete",
                                        "reset-offsets", "delete-offsets", "validate-regex"};
constexpr std::string_view scenarios[] = {"to-offset",   "shift-by",  "to-datetime", "by-duration",
                                          "to-earliest", "to-latest", "to-current",  "from-file"};

// Options that mean something only beside others.
struct dependency {
    std::string_view option;
    std::string_view needs;
    std::string_view or_needs = {};
};
constexpr dependency dependencies[] = {
    {"members", "describe"},       {"verbose", "describe"}, {"offsets", "describe"},
    {"state", "describe", "list"}, {"type", "list"},
};

// What joptsimple says of options that are not available.
std::optional<std::string> unavailable(const command_line& line) {
    std::vector<std::string_view> found;
    for (const auto& each : dependencies) {
        const bool available =
            line.has(each.needs) || (!each.or_needs.empty() && line.has(each.or_needs));
        if (line.has(each.option) && !available) found.push_back(each.option);
    }
    if (found.empty()) return std::nullopt;
    return fmt::format("Option(s) [{}] are unavailable given other options on the command line",
                       fmt::join(found, ", "));
}

early_exit needs_groups(const command_line& line, std::string_view action) {
    if (line.has("group") || line.has("all-groups")) return std::nullopt;
    return line.usage(
        fmt::format("Option [{}] takes one of these options: [group], [all-groups]", action));
}

early_exit check_describe(const command_line& line) {
    if (!line.has("describe")) return std::nullopt;
    if (const auto stop = needs_groups(line, "describe")) return stop;
    const int reports = static_cast<int>(line.has("members")) +
                        static_cast<int>(line.has("offsets")) + static_cast<int>(line.has("state"));
    if (reports > 1) {
        return line.usage(
            "Option [describe] takes at most one of these options: [members], [offsets], [state]");
    }
    if (line.value("state")) {
        return line.usage("Option [describe] does not take a value for [state]");
    }
    return std::nullopt;
}

early_exit check_delete(const command_line& line) {
    if (line.has("delete")) {
        if (const auto stop = needs_groups(line, "delete")) return stop;
        if (line.has("topic")) {
            return line.usage(
                "The consumer does not support topic-specific offset deletion from "
                "a consumer group.");
        }
    }
    if (line.has("delete-offsets") && !(line.has("group") && line.has("topic"))) {
        return line.usage("Option [delete-offsets] takes the following options: [group], [topic]");
    }
    return std::nullopt;
}

early_exit check_reset(const command_line& line) {
    if (!line.has("reset-offsets")) return std::nullopt;
    if (line.has("dry-run") && line.has("execute")) {
        return line.usage("Option [reset-offsets] only accepts one of [execute] and [dry-run]");
    }
    if (!line.has("dry-run") && !line.has("execute")) {
        fmt::print(stderr,
                   "WARN: No action will be performed as the --execute option is missing. In "
                   "version 5.0, this command will require either --dry-run or --execute to be "
                   "specified. You should add the --dry-run option explicitly if you are scripting "
                   "this command and want to keep the current default behavior without "
                   "prompting.\n");
    }
    if (const auto stop = needs_groups(line, "reset-offsets")) return stop;
    for (const auto used : scenarios) {
        for (const auto other : scenarios) {
            if (other == used) continue;
            if (const auto stop = line.exclude(used, {other})) return stop;
        }
    }
    return std::nullopt;
}

early_exit check(const command_line& line) {
    const auto helped = line.help_or_version(
        "This tool helps to list all consumer groups, describe a consumer group, delete consumer "
        "group info, or reset consumer group offsets.");
    if (helped) return helped;
    if (!line.has("validate-regex")) {
        if (const auto stop = line.require({"bootstrap-server"})) return stop;
    }
    for (const auto& each : {check_describe, check_delete, check_reset}) {
        if (const auto stop = each(line)) return stop;
    }
    if (const auto stop = line.exclude("group", {"all-groups"})) return stop;
    if (const auto stop = line.exclude("group", {"list"})) return stop;
    if (const auto stop = line.exclude("topic", {"list", "describe"})) return stop;
    const auto count =
        std::ranges::count_if(actions, [&](std::string_view each) { return line.has(each); });
    if (count == 1) return std::nullopt;
    return line.usage(
        "Command must include exactly one action: --list, --describe, --delete, "
        "--reset-offsets, --delete-offsets, --validate-regex");
}

tool_result<std::vector<std::string>> chosen_groups(admin_client& client,
                                                    const command_line& line) {
    if (line.has("all-groups")) return all_groups(client);
    return line.values("group");
}

// Each once, in the order of Kafka's map.
std::vector<std::string> as_map_keys(std::vector<std::string> groups) {
    std::set<std::string> seen;
    std::erase_if(groups, [&](const auto& each) { return !seen.insert(each).second; });
    java::sort_as_hash_map(groups, [](const auto& each) { return java::hash_of(each); });
    return groups;
}

std::string quoted_list(const std::vector<std::string>& groups) {
    std::string out;
    for (const auto& each : groups)
        out += fmt::format("{}'{}'", out.empty() ? "" : ", ", each);
    return out;
}

tool_result<void> describe(admin_client& client, const command_line& line) {
    const auto groups = chosen_groups(client, line);
    if (!groups) return std::unexpected(groups.error());
    const bool verbose = line.has("verbose");
    if (line.has("members")) return report_members(client, *groups, verbose);
    if (line.has("state")) return report_states(client, *groups, verbose);
    return report_offsets(client, *groups, verbose);
}

tool_result<void> delete_groups(admin_client& client, const command_line& line) {
    const auto groups = chosen_groups(client, line);
    if (!groups) return std::unexpected(groups.error());
    std::vector<std::string> deleted;
    std::vector<std::pair<std::string, tool_error>> failed;
    for (const auto& each : as_map_keys(*groups)) {
        const auto done = delete_group(client, each);
        if (done) {
            deleted.push_back(each);
        } else {
            failed.emplace_back(each, done.error());
        }
    }
    if (failed.empty()) {
        fmt::print("Deletion of requested consumer groups ({}) was successful.\n",
                   quoted_list(deleted));
        return {};
    }
    print_error("Deletion of some consumer groups failed:");
    for (const auto& [group, error] : failed)
        fmt::print("* Group '{}' could not be deleted due to: {}\n", group, described(error));
    if (!deleted.empty()) {
        fmt::print("\nThese consumer groups were deleted successfully: {}\n", quoted_list(deleted));
    }
    return {};
}

tool_result<void> reset(admin_client& client, const command_line& line) {
    const auto groups = chosen_groups(client, line);
    if (!groups) return std::unexpected(groups.error());
    offset_planner planner(client, line);
    std::vector<std::pair<std::string, offset_list>> plans;
    for (const auto& each : as_map_keys(*groups)) {
        const auto group = describe_group(client, each);
        const bool missing =
            !group && group.error().exception.ends_with("GroupIdNotFoundException");
        if (!group && !missing) return std::unexpected(in_runtime(in_execution(group.error())));
        if (group && group->state != "Empty" && group->state != "Dead") {
            print_error(
                fmt::format("Assignments can only be reset if the group '{}' is inactive, "
                            "but the current state is {}.",
                            each, named(state_names(), group->state)));
            plans.emplace_back(each, offset_list());
            continue;
        }
        auto plan = planner.plan(each);
        if (!plan) return std::unexpected(plan.error());
        if (line.has("execute")) {
            if (auto done = commit_offsets(client, each, *plan); !done) return done;
        }
        plans.emplace_back(each, std::move(*plan));
    }
    if (line.has("export")) {
        const bool one_group = line.values("group").size() == 1;
        for (const auto& [group, plan] : plans) {
            for (const auto& [which, offset] : plan)
                fmt::print("{}", to_csv({one_group ? std::string() : group, which, offset}));
        }
        fmt::print("\n");
        return {};
    }
    std::size_t group_width = 15;
    std::size_t topic_width = 15;
    for (const auto& [group, plan] : plans) {
        group_width = std::max(group_width, group.size());
        for (const auto& [which, offset] : plan)
            topic_width = std::max(topic_width, which.topic.size());
    }
    const auto print = [&](std::string_view group, std::string_view topic, auto partition,
                           auto offset) {
        fmt::print("\n{:<{}} {:<{}} {:<10} {}", group, group_width, topic, topic_width, partition,
                   offset);
    };
    if (!plans.empty()) print("GROUP", "TOPIC", "PARTITION", "NEW-OFFSET");
    for (const auto& [group, plan] : plans) {
        for (const auto& [which, offset] : plan)
            print(group, which.topic, which.partition, offset);
    }
    fmt::print("\n");
    return {};
}

int validate_regex(const std::string& text) {
    const auto problem = regex_problem(text);
    if (problem) {
        fmt::print("The regular expression `{}` is invalid: {}.\n", text, *problem);
    } else {
        fmt::print("The regular expression `{}` is valid.\n", text);
    }
    return exit_ok;
}

tool_result<void> run(const command_line& line) {
    if (auto read = line.readable(); !read) return read;
    auto where = connection_of(line);
    if (!where) return std::unexpected(in_runtime(where.error()));
    where->api_timeout = std::chrono::milliseconds(line.number("timeout").value_or(30'000));
    admin_client client(std::move(*where));
    if (line.has("list")) return report_list(client, line);
    if (line.has("describe")) return describe(client, line);
    if (line.has("delete")) return delete_groups(client, line);
    if (line.has("reset-offsets")) return reset(client, line);
    return delete_group_offsets(client, line.value_or("group", ""), line.values("topic"));
}

}  // namespace

int consumer_groups(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return java::die_of(java::option_exception(line.error()));
    if (const auto problem = unavailable(*line)) {
        return java::die_of(java::option_exception(*problem));
    }
    if (const auto stop = check(*line)) return *stop;
    if (const auto text = line->value("validate-regex")) return validate_regex(*text);
    const auto done = run(*line);
    if (done) return exit_ok;
    std::fflush(stdout);
    if (done.error().exception == "java.lang.IllegalArgumentException") {
        return line->usage(done.error().message);
    }
    // Kafka's tool reports what went wrong and ends as if nothing had.
    print_error("Executing consumer group command failed due to " + done.error().message);
    std::fflush(stdout);
    fmt::print(stderr, "{}\n", described(done.error()));
    return exit_ok;
}

}  // namespace weir::cli::tools
