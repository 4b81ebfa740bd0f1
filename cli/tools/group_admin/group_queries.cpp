#include "cli/tools/group_admin/group_queries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "broker/protocol/messages/consumer_group_describe_request.hpp"
#include "broker/protocol/messages/consumer_group_describe_response.hpp"
#include "broker/protocol/messages/delete_groups_request.hpp"
#include "broker/protocol/messages/delete_groups_response.hpp"
#include "broker/protocol/messages/describe_groups_request.hpp"
#include "broker/protocol/messages/describe_groups_response.hpp"
#include "broker/protocol/messages/list_groups_request.hpp"
#include "broker/protocol/messages/list_groups_response.hpp"
#include "broker/protocol/messages/offset_commit_request.hpp"
#include "broker/protocol/messages/offset_commit_response.hpp"
#include "broker/protocol/messages/offset_delete_request.hpp"
#include "broker/protocol/messages/offset_delete_response.hpp"
#include "broker/protocol/messages/offset_fetch_request.hpp"
#include "broker/protocol/messages/offset_fetch_response.hpp"
#include "broker/protocol/records/consumer_protocol_assignment.hpp"
#include "cli/tools/java/hash_order.hpp"

namespace weir::cli::tools::group_admin {
namespace {

using namespace broker::protocol;
using broker::error_code;

constexpr auto retry_pause = std::chrono::milliseconds(100);  // retry.backoff.ms
// From these versions on topics are named by their ids.
constexpr std::int16_t commit_by_name_max = 9;
constexpr std::int16_t fetch_by_name_max = 9;

bool is_passing(error_code code) {
    return code == error_code::coordinator_load_in_progress ||
           code == error_code::coordinator_not_available || code == error_code::not_coordinator;
}

// Asks a group's coordinator until it is neither loading nor moving, or the time is over. `code_of`
// gives the error that stands in a response.
template <class Response, class Request, class CodeOf>
tool_result<Response> ask(admin_client& client, const std::string& group, const Request& request,
                          destination to, CodeOf code_of) {
    const auto deadline = std::chrono::steady_clock::now() + client.options().api_timeout;
    while (true) {
        const auto node = client.coordinator(group);
        if (!node) return std::unexpected(node.error());
        to.node = *node;
        auto reply = client.call<Response>(request, to);
        if (!reply) return std::unexpected(reply.error());
        const bool again = is_passing(code_of(reply->body));
        if (!again || std::chrono::steady_clock::now() >= deadline) return std::move(reply->body);
        client.pause(retry_pause);
    }
}

tool_result<cluster_node> find_node(admin_client& client, broker::node_id id) {
    const auto cluster = client.cluster();
    if (!cluster) return std::unexpected(cluster.error());
    const auto found = std::ranges::find(cluster->nodes, id, &cluster_node::id);
    return found == cluster->nodes.end() ? cluster_node{.id = id} : *found;
}

// What a member of a classic group was given, in the consumers' own protocol.
std::vector<topic_partition> assignment_of(const base::bytes& data) {
    std::vector<topic_partition> out;
    if (data.size() < sizeof(std::int16_t)) return out;
    const auto version = std::min(base::load_be<std::int16_t>(data.data()),
                                  consumer_protocol_assignment::max_version);
    base::bytes rest(data.begin() + sizeof(std::int16_t), data.end());
    reader in(rest);
    const auto assignment = consumer_protocol_assignment::decode(in, version);
    if (!assignment) return out;
    for (const auto& topic : assignment->assigned_partitions) {
        for (const auto partition : topic.partitions)
            out.push_back({topic.topic, partition.value()});
    }
    return out;
}

template <class Assignment>
std::vector<topic_partition> partitions_of(const Assignment& assignment) {
    std::vector<topic_partition> out;
    for (const auto& topic : assignment.topic_partitions) {
        for (const auto partition : topic.partitions)
            out.push_back({topic.topic_name, partition.value()});
    }
    return out;
}

tool_result<group_description> describe_classic(admin_client& client, const std::string& group,
                                                const std::optional<std::string>& said_before) {
    describe_groups_request request;
    request.groups = {group};
    auto reply = ask<describe_groups_response>(
        client, group, request, {.call_name = "describeConsumerGroups"}, [](const auto& body) {
            return body.groups.empty() ? error_code::none : body.groups.front().error_code;
        });
    if (!reply) return std::unexpected(reply.error());
    if (reply->groups.empty()) return std::unexpected(error_of(error_code::unknown_server_error));
    auto& found = reply->groups.front();
    if (found.error_code != error_code::none) {
        return std::unexpected(
            error_of(found.error_code, said_before ? said_before : found.error_message));
    }
    if (found.protocol_type != "consumer" && !found.protocol_type.empty()) {
        return std::unexpected(illegal_argument(
            fmt::format("GroupId {} is not a consumer group ({}).", group, found.protocol_type)));
    }
    group_description out{.id = group,
                          .coordinator = {},
                          .assignor = found.protocol_data,
                          .state = found.group_state};
    for (auto& each : found.members) {
        out.members.push_back({.id = each.member_id,
                               .instance_id = each.group_instance_id,
                               .client_id = each.client_id,
                               .host = each.client_host,
                               .assignment = assignment_of(each.member_assignment)});
    }
    return out;
}

// Nothing: the group is none of the consumer protocol, or the broker has no such groups.
tool_result<std::optional<group_description>> describe_consumer(
    admin_client& client, const std::string& group, std::optional<std::string>& not_found_message) {
    consumer_group_describe_request request;
    request.group_ids = {group};
    auto reply = ask<consumer_group_describe_response>(
        client, group, request, {.call_name = "describeConsumerGroups"}, [](const auto& body) {
            return body.groups.empty() ? error_code::none : body.groups.front().error_code;
        });
    if (!reply && is_unsupported_version(reply.error())) return std::nullopt;
    if (!reply) return std::unexpected(reply.error());
    if (reply->groups.empty()) return std::nullopt;
    const auto& found = reply->groups.front();
    if (found.error_code == error_code::group_id_not_found) {
        not_found_message = found.error_message;
        return std::nullopt;
    }
    if (found.error_code == error_code::unsupported_version) return std::nullopt;
    if (found.error_code != error_code::none) {
        return std::unexpected(error_of(found.error_code, found.error_message));
    }
    group_description out{.id = group,
                          .coordinator = {},
                          .assignor = found.assignor_name,
                          .state = found.group_state,
                          .members = {},
                          .epoch = found.group_epoch,
                          .assignment_epoch = found.assignment_epoch};
    for (const auto& each : found.members) {
        group_member member{.id = each.member_id,
                            .instance_id = each.instance_id,
                            .client_id = each.client_id,
                            .host = each.client_host,
                            .assignment = partitions_of(each.assignment),
                            .target = partitions_of(each.target_assignment),
                            .epoch = each.member_epoch,
                            .upgraded = std::nullopt};
        if (each.member_type != -1) member.upgraded = each.member_type == 1;
        out.members.push_back(std::move(member));
    }
    return out;
}

// Each topic once, with its partitions.
template <class Topic, class Add>
void group_by_topic(std::vector<Topic>& topics, const std::string& name, Add add) {
    auto found = std::ranges::find(topics, name, &Topic::name);
    if (found == topics.end()) {
        topics.emplace_back().name = name;
        found = std::prev(topics.end());
    }
    add(*found);
}

}  // namespace

tool_result<std::vector<listed_group>> list_groups(admin_client& client,
                                                   const list_filter& filter) {
    const auto cluster = client.cluster();
    if (!cluster) return std::unexpected(cluster.error());
    list_groups_request request;
    request.states_filter = filter.states;
    request.types_filter = filter.types;
    std::vector<listed_group> groups;
    std::set<std::string> seen;
    for (const auto& node : cluster->nodes) {
        const auto reply = client.call<list_groups_response>(
            request, {.call_name = "listGroups", .node = node.id});
        if (!reply) return std::unexpected(reply.error());
        const auto& body = reply->body;
        if (body.error_code != error_code::none) {
            return std::unexpected(error_of(body.error_code));
        }
        for (const auto& each : body.groups) {
            const bool of_consumers =
                each.protocol_type.empty() || each.protocol_type == "consumer";
            if (!of_consumers || !seen.insert(each.group_id).second) continue;
            groups.push_back(
                {.id = each.group_id, .type = each.group_type, .state = each.group_state});
        }
    }
    java::sort_as_hash_map(groups, [](const auto& each) { return java::hash_of(each.id); });
    return groups;
}

tool_result<group_description> describe_group(admin_client& client, const std::string& group) {
    std::optional<std::string> not_found_message;
    auto consumer = describe_consumer(client, group, not_found_message);
    if (!consumer) return std::unexpected(consumer.error());
    auto found = *consumer ? tool_result<group_description>(std::move(**consumer))
                           : describe_classic(client, group, not_found_message);
    if (!found) return found;
    const auto id = client.coordinator(group);
    if (!id) return std::unexpected(id.error());
    auto node = find_node(client, *id);
    if (!node) return std::unexpected(node.error());
    found->coordinator = std::move(*node);
    return found;
}

tool_result<committed_offsets> fetch_offsets(admin_client& client, const std::string& group) {
    offset_fetch_request request;
    request.group_id = group;
    request.topics.reset();  // all
    auto& asked = request.groups.emplace_back();
    asked.group_id = group;
    asked.topics.reset();
    const auto reply = ask<offset_fetch_response>(
        client, group, request,
        {.call_name = "listConsumerGroupOffsets", .versions = {.max = fetch_by_name_max}},
        [](const auto& body) {
            return body.groups.empty() ? body.error_code : body.groups.front().error_code;
        });
    if (!reply) return std::unexpected(reply.error());
    committed_offsets out;
    const auto take = [&](const auto& topics) {
        for (const auto& topic : topics) {
            for (const auto& each : topic.partitions) {
                if (each.error_code != error_code::none) continue;
                committed_offset committed{.offset = each.committed_offset.value()};
                if (each.committed_leader_epoch.value() >= 0) {
                    committed.leader_epoch = each.committed_leader_epoch.value();
                }
                out.emplace_back(topic_partition{topic.name, each.partition_index.value()},
                                 committed);
            }
        }
    };
    // One group is in the body itself below version 8, in a list from there on.
    auto code = reply->error_code;
    take(reply->topics);
    for (const auto& each : reply->groups) {
        code = each.error_code;
        take(each.topics);
    }
    if (code != error_code::none) return std::unexpected(error_of(code));
    java::sort_as_hash_map(out, [](const auto& each) { return hash_of(each.first); });
    return out;
}

tool_result<void> commit_offsets(admin_client& client, const std::string& group,
                                 const offset_list& offsets) {
    offset_commit_request request;
    request.group_id = group;
    request.generation_id_or_member_epoch = broker::generation_id(-1);
    for (const auto& [which, offset] : offsets) {
        group_by_topic(request.topics, which.topic, [&](auto& topic) {
            auto& each = topic.partitions.emplace_back();
            each.partition_index = broker::partition_index(which.partition);
            each.committed_offset = broker::offset(offset);
            each.committed_metadata = "";
        });
    }
    const auto first_error = [](const offset_commit_response& body) {
        for (const auto& topic : body.topics) {
            for (const auto& each : topic.partitions) {
                if (each.error_code != error_code::none) return each.error_code;
            }
        }
        return error_code::none;
    };
    const auto reply = ask<offset_commit_response>(
        client, group, request,
        {.call_name = "alterConsumerGroupOffsets", .versions = {.max = commit_by_name_max}},
        [&](const auto& body) { return first_error(body); });
    if (!reply) return std::unexpected(reply.error());
    const auto code = first_error(*reply);
    if (code == error_code::none) return {};
    std::vector<topic_partition> failed;
    for (const auto& topic : reply->topics) {
        for (const auto& each : topic.partitions) {
            if (each.error_code == error_code::none) continue;
            failed.push_back({topic.name, each.partition_index.value()});
        }
    }
    java::sort_as_hash_map(failed, [](const auto& each) { return hash_of(each); });
    std::string list;
    for (const auto& each : failed)
        list += fmt::format("{}{}", list.empty() ? "" : ", ", to_text(each));
    return std::unexpected(error_of(
        code,
        fmt::format("Failed altering group offsets for the following partitions: [{}]", list)));
}

tool_result<void> delete_group(admin_client& client, const std::string& group) {
    delete_groups_request request;
    request.groups_names = {group};
    const auto code_of = [](const delete_groups_response& body) {
        return body.results.empty() ? error_code::none : body.results.front().error_code;
    };
    const auto reply = ask<delete_groups_response>(client, group, request,
                                                   {.call_name = "deleteConsumerGroups"}, code_of);
    if (!reply) return std::unexpected(reply.error());
    if (code_of(*reply) != error_code::none) return std::unexpected(error_of(code_of(*reply)));
    return {};
}

tool_result<std::expected<partition_codes, error_code>> delete_offsets(
    admin_client& client, const std::string& group, const std::vector<topic_partition>& which) {
    offset_delete_request request;
    request.group_id = group;
    for (const auto& each : which) {
        group_by_topic(request.topics, each.topic, [&](auto& topic) {
            topic.partitions.emplace_back().partition_index =
                broker::partition_index(each.partition);
        });
    }
    const auto reply = ask<offset_delete_response>(
        client, group, request, {.call_name = "deleteConsumerGroupOffsets"},
        [](const auto& body) { return body.error_code; });
    if (!reply) return std::unexpected(reply.error());
    if (reply->error_code != error_code::none) {
        return std::expected<partition_codes, error_code>(std::unexpected(reply->error_code));
    }
    partition_codes out;
    for (const auto& topic : reply->topics) {
        for (const auto& each : topic.partitions)
            out.emplace(topic_partition{topic.name, each.partition_index.value()}, each.error_code);
    }
    return out;
}

}  // namespace weir::cli::tools::group_admin
