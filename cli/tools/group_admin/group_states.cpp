#include "cli/tools/group_admin/group_states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/tools/group_admin/offset_planner.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::group_admin {

std::span<const std::string_view> state_names() {
    static constexpr std::string_view names[] = {
        "PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty",
        "Assigning",          "Reconciling",
    };
    return names;
}

std::span<const std::string_view> type_names() {
    static constexpr std::string_view names[] = {"Classic", "Consumer"};
    return names;
}

std::string named(std::span<const std::string_view> names, std::string_view text) {
    for (const auto each : names) {
        if (java::equals_ignoring_case(each, java::trim(text))) return std::string(each);
    }
    return "Unknown";
}

tool_result<descriptions> describe_all(admin_client& client, std::vector<std::string> groups) {
    java::sort_as_hash_map(groups, [](const auto& each) { return java::hash_of(each); });
    descriptions out;
    for (const auto& each : groups) {
        if (out.contains(each)) continue;
        auto found = describe_group(client, each);
        if (!found) return std::unexpected(in_execution(found.error()));
        out.emplace(each, std::move(*found));
    }
    return out;
}

tool_result<bool> tell_state(const group_description& group, std::size_t rows) {
    const auto state = named(state_names(), group.state);
    if (state == "Unknown") {
        return std::unexpected(tool_error{
            .exception = "org.apache.kafka.common.KafkaException",
            .message =
                fmt::format("Expected a valid consumer group state, but found '{}'.", state)});
    }
    if (state == "Dead") {
        print_error(fmt::format("Consumer group '{}' does not exist.", group.id));
        return false;
    }
    std::fflush(stdout);
    if (state == "Empty") {
        fmt::print(stderr, "\nConsumer group '{}' has no active members.\n", group.id);
    } else if (state != "Stable") {
        fmt::print(stderr, "\nWarning: Consumer group '{}' is rebalancing.\n", group.id);
    }
    return rows > 0;
}

void print_error(const std::string& message) {
    fmt::print("\nError: {}\n", message);
}

}  // namespace weir::cli::tools::group_admin
