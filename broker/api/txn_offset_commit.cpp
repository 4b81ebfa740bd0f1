// TxnOffsetCommit (key 28): a group's offsets as part of a transaction (KIP-98, KIP-447): they
// count when it is committed.
//   v3+   the member that commits is checked;  v4+ TRANSACTION_ABORTABLE
//   v5    transaction.version 2: adds the group to the transaction (KIP-890)
#include <memory>

#include "broker/api/group_access.hpp"
#include "broker/api/merge_topics.hpp"
#include "broker/api/transaction_access.hpp"
#include "broker/protocol/messages/txn_offset_commit_request.hpp"
#include "broker/protocol/messages/txn_offset_commit_response.hpp"

namespace weir::broker::api {
namespace {

using request_type = protocol::txn_offset_commit_request;
using response_type = protocol::txn_offset_commit_response;
using request_topic = request_type::txn_offset_commit_request_topic;
using response_topic = response_type::txn_offset_commit_response_topic;

// Takes out of the request what does not exist.
std::vector<response_topic> refuse_unknown(const services& node, request_type& request) {
    std::vector<response_topic> unknown;
    for (auto& topic : request.topics) {
        const auto* known = node.image().topic(topic.name);
        const auto exists = [&](const auto& each) {
            return known && node.image().partition(known->id, each.partition_index) != nullptr;
        };
        request_topic absent;
        absent.name = topic.name;
        for (const auto& each : topic.partitions) {
            if (!exists(each)) absent.partitions.push_back(each);
        }
        std::erase_if(topic.partitions, [&](const auto& each) { return !exists(each); });
        if (absent.partitions.empty()) continue;
        unknown.push_back(
            all_refused<response_topic>(absent, error_code::unknown_topic_or_partition));
    }
    std::erase_if(request.topics, [](const auto& topic) { return topic.partitions.empty(); });
    return unknown;
}

// Makes the group part of the transaction, or asks whether it is.
io::task<error_code> add_group(request_context& context, const request_type& request) {
    using namespace coordinator::transaction;
    constexpr std::int16_t first_version_that_adds = 5;
    constexpr std::int16_t first_version_with_abortable = 4;
    const bool adds = context.version >= first_version_that_adds;
    const auto index = partition_of_group(context.node, request.group_id);
    if (!index) co_return index.error();
    const add_wish wish{.transactional_id = request.transactional_id,
                        .producer = {.id = request.producer_id, .epoch = request.producer_epoch},
                        .partitions = {{.topic = coordinator::offsets_topic, .partition = *index}},
                        .client_version = client_version(adds)};
    transaction_question question = [&] { return ask_to_add(context.node, wish, !adds); };
    auto asking = ask_patiently(context, request.transactional_id, std::move(question));
    const auto answer = co_await std::move(asking);
    const auto error = answer ? answer->error : answer.error();
    if (error == error_code::producer_fenced) co_return error_code::invalid_producer_epoch;
    if (error != error_code::none) co_return error;
    if (answer->refused.empty()) co_return error_code::none;
    co_return context.version >= first_version_with_abortable ? error_code::transaction_abortable
                                                              : error_code::invalid_txn_state;
}

}  // namespace

io::task<response_type> txn_offset_commit(request_context& context, request_type request) {
    using namespace coordinator::group;
    auto& node = context.node;
    auto unknown = refuse_unknown(node, request);
    const auto known = std::make_shared<request_type>(std::move(request));
    auto failed = [known](error_code error) {
        response_type response;
        for (const auto& topic : known->topics)
            response.topics.push_back(all_refused<response_topic>(topic, error));
        return response;
    };
    response_type response;
    auto joining = add_group(context, *known);
    const auto refused = co_await std::move(joining);
    if (refused != error_code::none) {
        response = failed(refused);
    } else {
        auto step = [known](group_core& core, request_token token, time_ms now, effects& out) {
            core.commit_with_transaction(token, *known, now, out);
        };
        auto asking =
            ask_for<response_type>(node, known->group_id, std::move(step), failed,
                                   {.id = known->producer_id, .epoch = known->producer_epoch});
        response = co_await std::move(asking);
    }
    merge_topics(response.topics, std::move(unknown));
    co_return response;
}

}  // namespace weir::broker::api
