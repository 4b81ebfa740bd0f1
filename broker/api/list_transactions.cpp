// ListTransactions (key 66): the transactional ids that this broker coordinates (KIP-664), filtered
// by state and producer id; v1+ by age (KIP-994), v2 by a pattern (KIP-1152).
#include <re2/re2.h>

#include <algorithm>
#include <memory>

#include "broker/api/request_context.hpp"
#include "broker/api/transaction_access.hpp"
#include "broker/protocol/messages/list_transactions_request.hpp"
#include "broker/protocol/messages/list_transactions_response.hpp"

namespace weir::broker::api {
namespace {

using namespace coordinator::transaction;

// Runs on the coordinators' shard.
io::task<std::vector<listed_transaction>> list_here(
    coordinator::transaction_service& transactions) {
    std::vector<listed_transaction> all;
    for (const auto& runtime : transactions.all()) {
        auto read = [&all](const transaction_core& core) {
            for (auto& each : core.list())
                all.push_back(std::move(each));
        };
        auto reading = runtime->read(std::move(read));
        (void)co_await std::move(reading);
    }
    co_return all;
}

struct filters {
    std::vector<transaction_state> states;
    std::vector<producer_id> producers;
    std::int64_t older_than_ms = -1;
    std::unique_ptr<re2::RE2> pattern;

    bool pass(const listed_transaction& each, time_ms now) const {
        const bool state = states.empty() || std::ranges::find(states, each.state) != states.end();
        const bool producer =
            producers.empty() || std::ranges::find(producers, each.producer) != producers.end();
        // What has not begun counts as begun long ago, as in Kafka.
        const bool age = older_than_ms < 0 || now - each.started_at > older_than_ms;
        const bool name = !pattern || re2::RE2::FullMatch(each.transactional_id, *pattern);
        return state && producer && age && name && each.state != transaction_state::dead;
    }
};

}  // namespace

io::task<protocol::list_transactions_response> list_transactions(
    request_context& context, protocol::list_transactions_request request) {
    auto& node = context.node;
    protocol::list_transactions_response response;
    filters wanted{.producers = std::move(request.producer_id_filters),
                   .older_than_ms = request.duration_filter};
    if (request.transactional_id_pattern && !request.transactional_id_pattern->empty()) {
        wanted.pattern =
            std::make_unique<re2::RE2>(*request.transactional_id_pattern, re2::RE2::Quiet);
        if (!wanted.pattern->ok()) {
            response.error_code = error_code::invalid_regular_expression;
            co_return response;
        }
    }
    for (const auto& name : request.state_filters) {
        if (const auto state = parse_state(name)) {
            wanted.states.push_back(*state);
        } else {
            response.unknown_state_filters.push_back(name);
        }
    }
    // Only states that do not exist were asked for.
    if (wanted.states.empty() && !request.state_filters.empty()) co_return response;
    for (const auto& target : node.shards) {
        auto listing = list_here(*target.transactions);
        const auto found = co_await io::run_on(node.shard, *target.shard, std::move(listing));
        for (const auto& each : found) {
            if (!wanted.pass(each, node.shard.wall_ms())) continue;
            auto& listed = response.transaction_states.emplace_back();
            listed.transactional_id = each.transactional_id;
            listed.producer_id = each.producer;
            listed.transaction_state = to_text(each.state);
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
