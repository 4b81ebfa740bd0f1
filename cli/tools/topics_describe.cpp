#include "cli/tools/topics_describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "broker/protocol/messages/list_partition_reassignments_request.hpp"
#include "broker/protocol/messages/list_partition_reassignments_response.hpp"
#include "cli/tools/cluster_queries.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "config/topic_config.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::node_id;
using broker::protocol::list_partition_reassignments_request;
using broker::protocol::list_partition_reassignments_response;
using reassignment = list_partition_reassignments_response::ongoing_partition_reassignment;
using reassignments = std::map<std::pair<std::string, std::int32_t>, reassignment>;

std::string listed(const std::vector<node_id>& nodes) {
    return fmt::format("{}", fmt::join(nodes, ","));
}

std::string listed(const std::optional<std::vector<node_id>>& nodes) {
    return nodes ? listed(*nodes) : "N/A";
}

bool is_in(const std::vector<node_id>& nodes, node_id node) {
    return std::ranges::find(nodes, node) != nodes.end();
}

// Of some partitions only those that a report is about.
struct report {
    explicit report(const command_line& line)
        : under_replicated(line.has("under-replicated-partitions")),
          unavailable(line.has("unavailable-partitions")),
          under_min_isr(line.has("under-min-isr-partitions")),
          at_min_isr(line.has("at-min-isr-partitions")),
          only_overrides(line.has("topics-with-overrides")),
          whole_topics(!under_replicated && !unavailable && !under_min_isr && !at_min_isr) {}

    bool under_replicated;
    bool unavailable;
    bool under_min_isr;
    bool at_min_isr;
    bool only_overrides;
    bool whole_topics;
};

// While replicas move, a partition has more of them than its factor.
std::size_t replication_factor(const partition_description& partition, const reassignment* moving) {
    if (moving == nullptr) return partition.replicas.size();
    const bool under_way = std::ranges::any_of(partition.replicas, [&](node_id each) {
        return is_in(moving->adding_replicas, each) || is_in(moving->removing_replicas, each);
    });
    return under_way ? moving->replicas.size() - moving->adding_replicas.size()
                     : partition.replicas.size();
}

class description {
  public:
    description(const report& wanted, const cluster_view& cluster, const reassignments& moving)
        : wanted_(wanted), cluster_(cluster), moving_(moving) {}

    void print(const topic_description& topic, const described_configs& configs) const {
        if (wanted_.whole_topics) print_topic(topic, configs);
        if (wanted_.only_overrides) return;
        const auto min_isr = min_insync(configs);
        for (const auto& each : topic.partitions) {
            const auto* moving = moving_of(topic.name, each.index);
            if (wanted_.whole_topics || is_reported(each, moving, min_isr)) {
                print_partition(topic.name, each, moving);
            }
        }
    }

  private:
    void print_topic(const topic_description& topic, const described_configs& configs) const {
        auto entries = configs.configs;
        java::sort_as_hash_map(entries, [](const auto& each) { return java::hash_of(each.name); });
        std::string text;
        for (const auto& each : entries) {
            const auto source = static_cast<config::config_source>(each.config_source);
            if (source == config::config_source::default_value) continue;
            text += fmt::format("{}{}={}", text.empty() ? "" : ",", each.name,
                                each.value.value_or("null"));
        }
        if (wanted_.only_overrides && text.empty()) return;
        const auto& first = topic.partitions.front();
        fmt::print("Topic: {}", topic.name);
        if (!topic.id.is_zero()) fmt::print("\tTopicId: {}", topic.id);
        fmt::print("\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}\n",
                   topic.partitions.size(),
                   replication_factor(first, moving_of(topic.name, first.index)), text);
    }

    void print_partition(const std::string& topic, const partition_description& partition,
                         const reassignment* moving) const {
        const auto leader = has_leader(partition) ? fmt::format("{}", partition.leader) : "none";
        fmt::print("\tTopic: {}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}", topic,
                   partition.index, leader, listed(partition.replicas), listed(partition.isr));
        if (moving != nullptr) {
            fmt::print("\tAdding Replicas: {}\tRemoving Replicas: {}",
                       listed(moving->adding_replicas), listed(moving->removing_replicas));
        }
        fmt::print("\tElr: {}\tLastKnownElr: {}\n", listed(partition.eligible_leaders),
                   listed(partition.last_known_eligible));
    }

    bool is_reported(const partition_description& partition, const reassignment* moving,
                     std::size_t min_isr) const {
        const auto in_sync = partition.isr.size();
        const bool led = has_leader(partition);
        if (wanted_.under_replicated && replication_factor(partition, moving) > in_sync)
            return true;
        if (wanted_.unavailable && (!led || !is_alive(partition.leader))) return true;
        if (wanted_.under_min_isr && (!led || in_sync < min_isr)) return true;
        return wanted_.at_min_isr && in_sync == min_isr;
    }

    static bool has_leader(const partition_description& partition) {
        return partition.leader != broker::no_node;
    }
    bool is_alive(node_id node) const {
        return std::ranges::find(cluster_.nodes, node, &cluster_node::id) != cluster_.nodes.end();
    }
    const reassignment* moving_of(const std::string& topic, std::int32_t partition) const {
        const auto found = moving_.find({topic, partition});
        return found == moving_.end() ? nullptr : &found->second;
    }
    static std::size_t min_insync(const described_configs& configs) {
        const auto found = std::ranges::find(configs.configs, "min.insync.replicas",
                                             &described_configs_entry::name);
        const bool known = found != configs.configs.end() && found->value;
        return known ? static_cast<std::size_t>(config::to_integer(*found->value)) : 1;
    }

    const report& wanted_;
    const cluster_view& cluster_;
    const reassignments& moving_;
};

tool_result<reassignments> ask_reassignments(admin_client& client,
                                             const std::vector<topic_description>& topics) {
    list_partition_reassignments_request request;
    request.timeout_ms = static_cast<std::int32_t>(client.options().api_timeout.count());
    request.topics.emplace();
    for (const auto& topic : topics) {
        auto& wanted = request.topics->emplace_back();
        wanted.name = topic.name;
        for (const auto& each : topic.partitions)
            wanted.partition_indexes.emplace_back(each.index);
    }
    const auto reply = client.call<list_partition_reassignments_response>(
        request, {.call_name = "listPartitionReassignments"});
    // An old broker, or one that forbids it: then nothing is known to move.
    if (!reply && is_unsupported_version(reply.error())) return reassignments{};
    if (!reply) return std::unexpected(reply.error());
    const auto code = (*reply)->error_code;
    if (code == error_code::cluster_authorization_failed) return reassignments{};
    if (code != error_code::none) {
        return std::unexpected(error_of(code, (*reply)->error_message));
    }
    reassignments found;
    for (const auto& topic : (*reply)->topics) {
        for (const auto& each : topic.partitions)
            found.emplace(std::pair(topic.name, each.partition_index.value()), each);
    }
    return found;
}

tool_result<void> print_all(admin_client& client, const command_line& line,
                            std::vector<topic_description> topics) {
    std::vector<config_resource> resources;
    for (const auto& each : topics)
        resources.push_back({.kind = resource_kind::topic, .name = each.name});
    const auto configs = describe_configs(client, resources);
    if (!configs) return std::unexpected(configs.error());
    const auto cluster = client.cluster();
    if (!cluster) return std::unexpected(cluster.error());
    const auto moving = ask_reassignments(client, topics);
    if (!moving) return std::unexpected(moving.error());
    const report wanted(line);
    const description printer(wanted, *cluster, *moving);
    std::map<std::string_view, const described_configs*> by_name;
    for (const auto& each : *configs)
        by_name.emplace(each.resource_name, &each);
    java::sort_as_hash_map(
        topics, [](const auto& each) { return java::hash_of(each.name); },
        java::capacity_for(topics.size(), topics.size()));
    for (const auto& each : topics) {
        const auto found = by_name.find(each.name);
        if (found != by_name.end()) printer.print(each, *found->second);
    }
    return {};
}

}  // namespace

tool_result<broker::topic_id> parse_topic_id(std::string_view text) {
    constexpr std::size_t longest = 24;  // with padding
    if (const auto id = base::uuid::from_text(text)) return *id;
    if (text.size() > longest) {
        return std::unexpected(illegal_argument(
            fmt::format("Input string with prefix `{}` is too long to be decoded as a base64 UUID",
                        text.substr(0, longest))));
    }
    for (const char letter : text) {
        const bool known =
            std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_';
        if (!known) {
            return std::unexpected(
                illegal_argument(fmt::format("Illegal base64 character {:x}", letter)));
        }
    }
    if (text.size() % 4 == 1) {  // six bits are no byte
        return std::unexpected(illegal_argument("Last unit does not have enough valid bits"));
    }
    return std::unexpected(illegal_argument(
        fmt::format("Input string `{}` decoded as {} bytes, which is not equal to the expected 16 "
                    "bytes of a base64-encoded UUID",
                    text, text.size() * 6 / 8)));
}

tool_result<void> describe_topics_named(admin_client& client, const command_line& line,
                                        const std::vector<std::string>& names) {
    std::vector<topic_description> topics;
    if (!names.empty()) {
        const auto limit = line.number("partition-size-limit-per-response");
        auto found =
            describe_topics(client, names, static_cast<std::int32_t>(limit.value_or(default_page)));
        if (!found) return std::unexpected(found.error());
        topics = std::move(*found);
    }
    return print_all(client, line, std::move(topics));
}

tool_result<void> describe_topic_with_id(admin_client& client, const command_line& line,
                                         broker::topic_id id) {
    const auto all = list_topics(client);
    if (!all) return std::unexpected(all.error());
    const bool without_internal = line.has("exclude-internal");
    const auto found = std::ranges::find(*all, id, &topic_listing::id);
    const bool there = found != all->end() && !(without_internal && found->is_internal);
    if (!there && !line.has("if-exists")) {
        return std::unexpected(
            illegal_argument(fmt::format("TopicId '{}' does not exist as expected", id)));
    }
    std::vector<topic_description> topics;
    if (there) {
        auto described = describe_topic(client, id);
        if (!described) return std::unexpected(described.error());
        topics.push_back(std::move(*described));
    }
    return print_all(client, line, std::move(topics));
}

}  // namespace weir::cli::tools
