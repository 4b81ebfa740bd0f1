// OffsetDelete (key 47): forgets offsets of topics that the group does not read (KIP-496).
#include "broker/api/group_access.hpp"
#include "broker/api/merge_topics.hpp"
#include "broker/protocol/messages/offset_delete_request.hpp"
#include "broker/protocol/messages/offset_delete_response.hpp"

namespace weir::broker::api {
namespace {

using answer_topic = protocol::offset_delete_response::offset_delete_response_topic;

// Takes what does not exist out of the request, and gives the answers for it.
std::vector<answer_topic> take_absent(const controller::metadata_image& image,
                                      protocol::offset_delete_request& request) {
    std::vector<answer_topic> absent;
    for (auto& topic : request.topics) {
        const auto* known = image.topic(topic.name);
        answer_topic refused;
        refused.name = topic.name;
        std::erase_if(topic.partitions, [&](const auto& each) {
            if (known && image.partition(known->id, each.partition_index)) return false;
            auto& answer = refused.partitions.emplace_back();
            answer.partition_index = each.partition_index;
            answer.error_code = error_code::unknown_topic_or_partition;
            return true;
        });
        if (!refused.partitions.empty()) absent.push_back(std::move(refused));
    }
    std::erase_if(request.topics, [](const auto& topic) { return topic.partitions.empty(); });
    return absent;
}

}  // namespace

io::task<protocol::offset_delete_response> offset_delete(request_context& context,
                                                         protocol::offset_delete_request request) {
    using namespace coordinator::group;
    auto failed = [](error_code error) {
        protocol::offset_delete_response response;
        response.error_code = error;
        return response;
    };
    const auto group = request.group_id;
    auto absent = take_absent(context.node.image(), request);
    auto step = [request = std::move(request)](group_core& core, request_token token, time_ms,
                                               effects& out) {
        core.delete_offsets(token, request, out);
    };
    auto asking = ask_for<protocol::offset_delete_response>(context.node, group, std::move(step),
                                                            std::move(failed));
    auto response = co_await std::move(asking);
    if (response.error_code != error_code::none) co_return response;
    merge_topics(response.topics, std::move(absent));
    co_return response;
}

}  // namespace weir::broker::api
