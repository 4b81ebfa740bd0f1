// OffsetFetch (key 9): where groups stand.
//   v2+   null topics: all that the group has;  v8+ several groups (KIP-709)
//   v9+   a member of the consumer protocol, with its epoch;  v10 topics by id
//   v7+   RequireStable: an offset that waits for a transaction is UNSTABLE_OFFSET_COMMIT (KIP-447)
#include <set>

#include "broker/api/group_access.hpp"
#include "broker/protocol/messages/offset_fetch_request.hpp"
#include "broker/protocol/messages/offset_fetch_response.hpp"

namespace weir::broker::api {
namespace {

using coordinator::group::committed_offset;
using coordinator::group::group_core;
using asked_group = protocol::offset_fetch_request::offset_fetch_request_group;
using answer_group = protocol::offset_fetch_response::offset_fetch_response_group;
using answer_partition = protocol::offset_fetch_response::offset_fetch_response_partitions;

answer_partition answer_one(partition_index index, const committed_offset* stored) {
    answer_partition answer;
    answer.partition_index = index;
    answer.committed_offset = stored ? stored->at : no_offset;
    answer.committed_leader_epoch = stored ? stored->epoch : no_leader_epoch;
    answer.metadata = stored ? stored->metadata : "";
    return answer;
}

answer_partition unstable(partition_index index) {
    auto answer = answer_one(index, nullptr);
    answer.error_code = error_code::unstable_offset_commit;
    return answer;
}

void answer_all(const group_core& core, const std::string& group, bool require_stable,
                answer_group& answer) {
    const auto* offsets = core.offsets_of(group);
    if (!offsets) return;
    for (const auto& [where, stored] : *offsets) {
        if (answer.topics.empty() || answer.topics.back().name != where.topic) {
            answer.topics.emplace_back().name = where.topic;
        }
        const bool waits = require_stable && core.is_pending(group, where);
        answer.topics.back().partitions.push_back(waits ? unstable(where.partition)
                                                        : answer_one(where.partition, &stored));
    }
}

// Runs on the coordinator's shard; topics have their names.
void answer_asked(const group_core& core, const asked_group& asked, bool require_stable,
                  answer_group& answer) {
    if (!asked.topics) return answer_all(core, asked.group_id, require_stable, answer);
    for (const auto& topic : *asked.topics) {
        auto& answers = answer.topics.emplace_back();
        answers.name = topic.name;
        answers.topic_id = topic.topic_id;
        for (const auto index : topic.partition_indexes) {
            const coordinator::group::topic_partition where{.topic = topic.name,
                                                            .partition = index};
            const bool waits = require_stable && core.is_pending(asked.group_id, where);
            answers.partitions.push_back(
                waits ? unstable(index) : answer_one(index, core.offset_of(asked.group_id, where)));
        }
    }
}

// What a fetch asks of each group.
struct fetch_manner {
    bool by_id = false;
    bool require_stable = false;
};

io::task<answer_group> fetch_group(services& node, asked_group asked, fetch_manner manner) {
    const bool by_id = manner.by_id;
    answer_group answer;
    answer.group_id = asked.group_id;
    if (asked.topics && by_id) {
        for (auto& topic : *asked.topics) {
            const auto* known = node.image().topic(topic.topic_id);
            if (known) topic.name = known->name;
        }
    }
    auto refused = error_code::none;
    auto read = [&](const group_core& core) {
        refused = core.check_fetch(asked.group_id, asked.member_id, asked.member_epoch);
        answer_asked(core, asked, manner.require_stable, answer);
    };
    const auto failed = co_await read_group(node, asked.group_id, std::move(read));
    answer.error_code = failed == error_code::none ? refused : failed;
    if (answer.error_code != error_code::none) answer.topics.clear();
    if (!by_id) co_return answer;
    for (auto& topic : answer.topics) {
        const auto* known = topic.name.empty() ? nullptr : node.image().topic(topic.name);
        if (known) topic.topic_id = known->id;
        if (known) continue;
        for (auto& each : topic.partitions)
            each.error_code = error_code::unknown_topic_id;
    }
    std::erase_if(answer.topics, [](const auto& topic) { return topic.topic_id.is_zero(); });
    co_return answer;
}

// Before version 8 the one group stands at the top.
protocol::offset_fetch_response flattened(answer_group from) {
    protocol::offset_fetch_response response;
    response.error_code = from.error_code;
    for (auto& topic : from.topics) {
        auto& flat = response.topics.emplace_back();
        flat.name = std::move(topic.name);
        for (auto& each : topic.partitions) {
            auto& partition = flat.partitions.emplace_back();
            partition.partition_index = each.partition_index;
            partition.committed_offset = each.committed_offset;
            partition.committed_leader_epoch = each.committed_leader_epoch;
            partition.metadata = std::move(each.metadata);
            partition.error_code = each.error_code;
        }
        topic.partitions = {};
    }
    return response;
}

}  // namespace

io::task<protocol::offset_fetch_response> offset_fetch(request_context& context,
                                                       protocol::offset_fetch_request request) {
    auto& node = context.node;
    constexpr std::int16_t first_version_with_groups = 8;
    protocol::offset_fetch_response response;
    if (context.version < first_version_with_groups) {
        asked_group asked;
        asked.group_id = request.group_id;
        asked.topics.reset();
        if (request.topics) {
            asked.topics.emplace();
            for (auto& topic : *request.topics) {
                auto& each = asked.topics->emplace_back();
                each.name = std::move(topic.name);
                each.partition_indexes = std::move(topic.partition_indexes);
            }
            request.topics.reset();
        }
        auto fetching =
            fetch_group(node, std::move(asked), {.require_stable = request.require_stable});
        co_return flattened(co_await std::move(fetching));
    }
    std::set<std::string> asked;
    for (auto& group : request.groups) {
        if (!asked.insert(group.group_id).second) continue;  // one answer a group
        auto fetching =
            fetch_group(node, std::move(group),
                        {.by_id = context.version >= 10, .require_stable = request.require_stable});
        response.groups.push_back(co_await std::move(fetching));
    }
    co_return response;
}

}  // namespace weir::broker::api
