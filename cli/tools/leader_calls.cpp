#include "cli/tools/leader_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "broker/protocol/messages/list_offsets_request.hpp"
#include "broker/protocol/messages/list_offsets_response.hpp"
#include "broker/protocol/messages/metadata_request.hpp"
#include "broker/protocol/messages/metadata_response.hpp"
#include "cli/tools/java/hash_order.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::node_id;
using broker::protocol::list_offsets_request;
using broker::protocol::list_offsets_response;
using broker::protocol::metadata_request;
using broker::protocol::metadata_response;

constexpr auto retry_pause = std::chrono::milliseconds(100);  // retry.backoff.ms

using leaders = std::map<topic_partition, std::expected<node_id, error_code>>;

tool_result<leaders> find_leaders(admin_client& client, const std::set<topic_partition>& wanted) {
    metadata_request request;
    request.allow_auto_topic_creation = false;
    std::set<std::string> topics;
    for (const auto& each : wanted)
        topics.insert(each.topic);
    for (const auto& topic : topics)
        request.topics->emplace_back().name = topic;
    const auto reply = client.call<metadata_response>(request, {.call_name = "metadata"});
    if (!reply) return std::unexpected(reply.error());
    leaders found;
    for (const auto& each : wanted)
        found.emplace(each, std::unexpected(error_code::unknown_topic_or_partition));
    for (const auto& topic : (*reply)->topics) {
        for (const auto& each : topic.partitions) {
            const auto at = found.find({topic.name.value_or(""), each.partition_index.value()});
            if (at == found.end()) continue;
            if (each.leader_id == broker::no_node) {
                at->second = std::unexpected(error_code::leader_not_available);
            } else {
                at->second = each.leader_id;
            }
        }
    }
    return found;
}

// The first version of ListOffsets in which a timestamp has its meaning.
std::int16_t version_of(std::int64_t timestamp) {
    switch (timestamp) {
        case max_timestamp_offset:
            return 7;
        case earliest_local_offset:
            return 8;
        case latest_tiered_offset:
            return 9;
        case earliest_pending_upload_offset:
            return 11;
        default:
            return 1;
    }
}

}  // namespace

std::string to_text(const topic_partition& of) {
    return fmt::format("{}-{}", of.topic, of.partition);
}

std::int32_t hash_of(const topic_partition& of) {
    return java::hash_of(of.topic, of.partition);
}

partition_numbers ask_leaders(admin_client& client, const std::vector<topic_partition>& partitions,
                              const leader_question& question) {
    const auto deadline = std::chrono::steady_clock::now() + client.options().api_timeout;
    std::set<topic_partition> open(partitions.begin(), partitions.end());
    partition_numbers settled;
    const auto settle_all = [&](const auto& which, const tool_error& error) {
        for (const auto& each : which) {
            settled.insert_or_assign(each, std::unexpected(error));
            open.erase(each);
        }
    };
    while (!open.empty()) {
        const auto found = find_leaders(client, open);
        if (!found) {
            settle_all(std::set(open), found.error());
            break;
        }
        const bool last_try = std::chrono::steady_clock::now() >= deadline;
        const auto settle = [&](const topic_partition& which, error_code code) {
            const bool absent = code == error_code::unknown_topic_or_partition;
            if (!last_try && !absent && broker::is_retriable(code)) return;
            settle_all(std::set{which}, error_of(code));
        };
        std::map<node_id, std::vector<topic_partition>> by_leader;
        for (const auto& [which, leader] : *found) {
            if (leader) {
                by_leader[*leader].push_back(which);
            } else {
                settle(which, leader.error());
            }
        }
        for (const auto& [leader, led] : by_leader) {
            const auto answers = question(leader, led);
            if (!answers) {
                settle_all(led, answers.error());
                continue;
            }
            for (const auto& [which, answer] : *answers) {
                if (answer) {
                    settled.insert_or_assign(which, *answer);
                    open.erase(which);
                } else {
                    settle(which, answer.error());
                }
            }
        }
        if (last_try) {
            settle_all(std::set(open), error_of(error_code::request_timed_out));
        }
        if (!open.empty()) client.pause(retry_pause);
    }
    return settled;
}

partition_numbers list_offsets(admin_client& client,
                               const std::map<topic_partition, std::int64_t>& timestamps) {
    std::vector<topic_partition> partitions;
    for (const auto& [which, timestamp] : timestamps)
        partitions.push_back(which);
    return ask_leaders(
        client, partitions, [&](node_id leader, const auto& led) -> tool_result<partition_answers> {
            list_offsets_request request;
            request.replica_id = broker::no_node;
            request.timeout_ms =
                static_cast<std::int32_t>(client.options().request_timeout.count());
            std::int16_t version = 1;
            for (const auto& each : led) {
                if (request.topics.empty() || request.topics.back().name != each.topic) {
                    request.topics.emplace_back().name = each.topic;
                }
                const auto timestamp = timestamps.at(each);
                request.topics.back().partitions.push_back(
                    {.partition_index = broker::partition_index(each.partition),
                     .timestamp = timestamp});
                version = std::max(version, version_of(timestamp));
            }
            const auto reply = client.call<list_offsets_response>(
                request,
                {.call_name = "listOffsets", .node = leader, .versions = {.min = version}});
            if (!reply) return std::unexpected(reply.error());
            partition_answers answers;
            for (const auto& topic : (*reply)->topics) {
                for (const auto& each : topic.partitions) {
                    const topic_partition which{topic.name, each.partition_index.value()};
                    if (each.error_code == error_code::none) {
                        answers.emplace(which, each.offset.value());
                    } else {
                        answers.emplace(which, std::unexpected(each.error_code));
                    }
                }
            }
            return answers;
        });
}

}  // namespace weir::cli::tools
