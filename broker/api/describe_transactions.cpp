// DescribeTransactions (key 65): the state of transactional ids (KIP-664).
#include <set>

#include "broker/api/request_context.hpp"
#include "broker/api/transaction_access.hpp"
#include "broker/protocol/messages/describe_transactions_request.hpp"
#include "broker/protocol/messages/describe_transactions_response.hpp"

namespace weir::broker::api {
namespace {

using namespace coordinator::transaction;
using described = protocol::describe_transactions_response::transaction_state;

void describe(const transaction& known, described& into) {
    into.transaction_state = to_text(known.state);
    into.transaction_timeout_ms = known.timeout_ms;
    into.transaction_start_time_ms = known.started_at;
    into.producer_id = known.producer.id;
    into.producer_epoch = known.producer.epoch;
    for (const auto& each : known.partitions) {
        if (into.topics.empty() || into.topics.back().topic != each.topic) {
            into.topics.emplace_back().topic = each.topic;
        }
        into.topics.back().partitions.push_back(each.partition);
    }
}

}  // namespace

io::task<protocol::describe_transactions_response> describe_transactions(
    request_context& context, protocol::describe_transactions_request request) {
    protocol::describe_transactions_response response;
    std::set<std::string> asked;
    for (const auto& id : request.transactional_ids) {
        if (!asked.insert(id).second) continue;  // one answer an id, however often it is named
        described answer;
        answer.transactional_id = id;
        if (id.empty()) {
            answer.error_code = error_code::invalid_request;
            response.transaction_states.push_back(std::move(answer));
            continue;
        }
        bool found = false;
        auto look = [&](const transaction_core& core) {
            const auto* known = core.find(id);
            found = known != nullptr;
            if (found) describe(*known, answer);
        };
        answer.error_code = co_await read_transaction(context.node, id, std::move(look));
        if (answer.error_code == error_code::none && !found) {
            answer.error_code = error_code::transactional_id_not_found;
        }
        response.transaction_states.push_back(std::move(answer));
    }
    co_return response;
}

}  // namespace weir::broker::api
