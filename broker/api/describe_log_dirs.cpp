// DescribeLogDirs (key 35): the sizes of the logs in the one log directory, and from v4 of its
// filesystem (KIP-827).
#include <algorithm>
#include <map>
#include <set>

#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/describe_log_dirs_request.hpp"
#include "broker/protocol/messages/describe_log_dirs_response.hpp"

namespace weir::broker::api {
namespace {

struct log_size {
    std::string topic;
    partition_index index;
    std::uint64_t bytes = 0;
};

using log_names = std::set<std::pair<std::string, partition_index>>;

log_names names_of(const protocol::describe_log_dirs_request& request) {
    log_names names;
    if (!request.topics) return names;
    for (const auto& topic : *request.topics) {
        for (const auto index : topic.partitions)
            names.emplace(topic.topic, index);
    }
    return names;
}

}  // namespace

io::task<protocol::describe_log_dirs_response> describe_log_dirs(
    request_context& context, protocol::describe_log_dirs_request request) {
    auto& node = context.node;
    std::map<std::string, std::vector<log_size>> by_topic;
    const auto names = names_of(request);
    for (const auto& target : node.shards) {
        auto measure = [&replicas = *target.replicas] {
            std::vector<log_size> sizes;
            replicas.for_each([&sizes](const replication::partition_ref& each) {
                sizes.push_back({.topic = each->topic(),
                                 .index = each->index(),
                                 .bytes = each->log().size_bytes()});
            });
            return sizes;
        };
        auto measuring =
            io::submit<decltype(measure)>(node.shard, *target.shard, std::move(measure));
        const auto sizes = co_await measuring;
        for (const auto& each : sizes) {
            const bool wanted = !request.topics || names.contains({each.topic, each.index});
            if (wanted) by_topic[each.topic].push_back(each);
        }
    }
    protocol::describe_log_dirs_response response;
    auto& result = response.results.emplace_back();
    result.log_dir = node.log_directory;
    if (const auto space = node.disk.space()) {
        result.total_bytes = static_cast<std::int64_t>(space->total_bytes);
        result.usable_bytes = static_cast<std::int64_t>(space->usable_bytes);
    }
    for (const auto& [name, logs] : by_topic) {
        auto& topic = result.topics.emplace_back();
        topic.name = name;
        for (const auto& each : logs) {
            auto& partition = topic.partitions.emplace_back();
            partition.partition_index = each.index;
            partition.partition_size = static_cast<std::int64_t>(each.bytes);
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
