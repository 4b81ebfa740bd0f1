// AddPartitionsToTxn (key 24): partitions become part of a producer's transaction (KIP-98).
//   v2+   PRODUCER_FENCED; before it is INVALID_PRODUCER_EPOCH
//   v4+   from brokers: several transactions, and `verify_only` (KIP-890), which answers
//         TRANSACTION_ABORTABLE for partitions that are not in the transaction
#include <set>

#include "broker/api/request_context.hpp"
#include "broker/api/transaction_access.hpp"
#include "broker/protocol/messages/add_partitions_to_txn_request.hpp"
#include "broker/protocol/messages/add_partitions_to_txn_response.hpp"

namespace weir::broker::api {
namespace {

using namespace coordinator::transaction;
using request_type = protocol::add_partitions_to_txn_request;
using response_type = protocol::add_partitions_to_txn_response;
using transaction_wish = request_type::add_partitions_to_txn_transaction;
using topic_result = response_type::add_partitions_to_txn_topic_result;

constexpr std::int16_t first_version_with_fenced = 2;
constexpr std::int16_t first_version_for_brokers = 4;

// The result of every partition of one transaction.
struct outcome {
    error_code all = error_code::none;
    std::set<topic_partition> unknown;
    std::set<topic_partition> refused;
};

error_code of_partition(const outcome& found, const topic_partition& where) {
    if (!found.unknown.empty()) {
        return found.unknown.contains(where) ? error_code::unknown_topic_or_partition
                                             : error_code::operation_not_attempted;
    }
    if (found.all != error_code::none) return found.all;
    return found.refused.contains(where) ? error_code::transaction_abortable : error_code::none;
}

io::task<outcome> add(request_context& context, const transaction_wish& wanted) {
    auto& node = context.node;
    outcome found;
    if (wanted.transactional_id.empty()) {
        found.all = error_code::invalid_request;
        co_return found;
    }
    add_wish wish{.transactional_id = wanted.transactional_id,
                  .producer = {.id = wanted.producer_id, .epoch = wanted.producer_epoch}};
    for (const auto& topic : wanted.topics) {
        const auto* known = node.image().topic(topic.name);
        for (const auto index : topic.partitions) {
            const topic_partition where{.topic = topic.name, .partition = index};
            const bool exists = known && node.image().partition(known->id, index);
            if (!exists) found.unknown.insert(where);
            wish.partitions.push_back(where);
        }
    }
    if (!found.unknown.empty()) co_return found;
    // A client that were told of the transaction before would ask again much later than it ends.
    const bool from_client = context.version < first_version_for_brokers;
    transaction_question question = [&node, wish = std::move(wish), verifies = wanted.verify_only] {
        return ask_to_add(node, wish, verifies);
    };
    auto asking = from_client ? ask_patiently(context, wanted.transactional_id, std::move(question))
                              : question();
    auto answer = co_await std::move(asking);
    found.all = told_of(answer, context.version, first_version_with_fenced);
    if (answer) found.refused = std::move(answer->refused);
    co_return found;
}

void tell(std::vector<topic_result>& results, const transaction_wish& wanted,
          const outcome& found) {
    for (const auto& topic : wanted.topics) {
        auto& result = results.emplace_back();
        result.name = topic.name;
        for (const auto index : topic.partitions) {
            auto& each = result.results_by_partition.emplace_back();
            each.partition_index = index;
            each.partition_error_code = static_cast<std::int16_t>(
                of_partition(found, {.topic = topic.name, .partition = index}));
        }
    }
}

}  // namespace

io::task<response_type> add_partitions_to_txn(request_context& context, request_type request) {
    response_type response;
    if (context.version >= first_version_for_brokers) {
        for (const auto& wanted : request.transactions) {
            const auto found = co_await add(context, wanted);
            auto& result = response.results_by_transaction.emplace_back();
            result.transactional_id = wanted.transactional_id;
            tell(result.topic_results, wanted, found);
        }
        co_return response;
    }
    const network::long_wait waiting(context.connection);
    transaction_wish wanted;
    wanted.transactional_id = request.v3_and_below_transactional_id;
    wanted.producer_id = request.v3_and_below_producer_id;
    wanted.producer_epoch = producer_epoch(request.v3_and_below_producer_epoch);
    wanted.topics = std::move(request.v3_and_below_topics);
    const auto found = co_await add(context, wanted);
    tell(response.results_by_topic_v3_and_below, wanted, found);
    co_return response;
}

}  // namespace weir::broker::api
