#include "broker/api/transaction_access.hpp"

#include "broker/protocol/partitioner.hpp"

namespace weir::broker::api {
namespace {

using coordinator::transaction_runtime;
using coordinator::transaction_service;
using coordinator::transaction::answer;
using coordinator::transaction::transaction_core;

// Where the coordinator of an id is.
struct coordinator_place {
    partition_index index;
    const shard_ref& on;
};

std::expected<coordinator_place, error_code> place_of(const services& node,
                                                      const std::string& transactional_id) {
    const auto index = partition_of_transaction(node, transactional_id);
    if (!index) return std::unexpected(index.error());
    const auto* topic = node.image().topic(coordinator::transactions_topic);
    return coordinator_place{.index = *index, .on = node.shard_of(topic->id, *index)};
}

// These run on the coordinator's shard.
io::task<std::expected<answer, error_code>> ask_here(transaction_service& transactions,
                                                     partition_index index,
                                                     transaction_runtime::step call) {
    using outcome = std::expected<answer, error_code>;
    auto runtime = transactions.coordinator(index);
    if (!runtime) co_return outcome(std::unexpected(runtime.error()));
    auto asking = (*runtime)->ask(std::move(call));
    co_return co_await std::move(asking);
}

io::task<bool> wait_here(transaction_service& transactions, partition_index index,
                         std::string transactional_id, io::time_point deadline) {
    auto runtime = transactions.coordinator(index);
    if (!runtime) co_return false;
    auto waiting = (*runtime)->wait_for_end(std::move(transactional_id), deadline);
    co_return co_await std::move(waiting);
}

io::task<error_code> read_here(transaction_service& transactions, partition_index index,
                               std::function<void(const transaction_core&)> call) {
    auto runtime = transactions.coordinator(index);
    if (!runtime) co_return runtime.error();
    auto reading = (*runtime)->read(std::move(call));
    co_return co_await std::move(reading);
}

}  // namespace

std::expected<partition_index, error_code> partition_of_transaction(
    const services& node, const std::string& transactional_id) {
    const auto* topic = node.image().topic(coordinator::transactions_topic);
    if (!topic) return std::unexpected(error_code::coordinator_not_available);
    const auto count = static_cast<std::int32_t>(topic->partitions.size());
    return protocol::partition_of_id(transactional_id, count);
}

io::task<std::expected<answer, error_code>> ask_transaction(services& node,
                                                            std::string transactional_id,
                                                            transaction_runtime::step call) {
    using outcome = std::expected<answer, error_code>;
    const auto place = place_of(node, transactional_id);
    if (!place) co_return outcome(std::unexpected(place.error()));
    auto asking = ask_here(*place->on.transactions, place->index, std::move(call));
    co_return co_await io::run_on(node.shard, *place->on.shard, std::move(asking));
}

io::task<std::expected<answer, error_code>> ask_to_add(services& node,
                                                       coordinator::transaction::add_wish wish,
                                                       bool verifies) {
    using namespace coordinator::transaction;
    auto id = wish.transactional_id;
    auto step = [wish = std::move(wish), verifies](transaction_core& core, request_token token,
                                                   time_ms now, effects& out) {
        verifies ? core.verify(token, wish, out) : core.add_partitions(token, wish, now, out);
    };
    auto asking = ask_transaction(node, std::move(id), std::move(step));
    co_return co_await std::move(asking);
}

io::task<std::expected<answer, error_code>> ask_patiently(request_context& context,
                                                          std::string transactional_id,
                                                          transaction_question question) {
    auto& node = context.node;
    const auto backoff = std::chrono::milliseconds(node.config.add_partitions_backoff_ms);
    const auto deadline =
        node.shard.now() + std::chrono::milliseconds(node.config.add_partitions_wait_ms_max);
    for (;;) {
        auto asking = question();
        auto answer = co_await std::move(asking);
        const auto error = answer ? answer->error : answer.error();
        const bool again = error == error_code::concurrent_transactions &&
                           node.shard.now() < deadline && !context.connection.closed;
        if (!again) co_return answer;
        const auto place = place_of(node, transactional_id);
        if (!place) co_return answer;
        auto waiting = wait_here(*place->on.transactions, place->index, transactional_id, deadline);
        const bool waited = co_await io::run_on(node.shard, *place->on.shard, std::move(waiting));
        if (!waited) co_await io::sleep_until(node.shard, node.shard.now() + backoff);
    }
}

error_code told_of(const std::expected<answer, error_code>& answer, std::int16_t version,
                   std::int16_t first_version_with_fenced) {
    const auto error = answer ? answer->error : answer.error();
    const bool renamed =
        error == error_code::producer_fenced && version < first_version_with_fenced;
    return renamed ? error_code::invalid_producer_epoch : error;
}

io::task<error_code> read_transaction(services& node, std::string transactional_id,
                                      std::function<void(const transaction_core&)> call) {
    const auto place = place_of(node, transactional_id);
    if (!place) co_return place.error();
    auto reading = read_here(*place->on.transactions, place->index, std::move(call));
    co_return co_await io::run_on(node.shard, *place->on.shard, std::move(reading));
}

io::task<std::expected<producer_id, error_code>> fresh_producer_id(services& node) {
    using outcome = std::expected<producer_id, error_code>;
    while (node.producer_ids.left == 0) {
        auto allocation = node.controller.allocate_producer_ids(node.self);
        const auto block =
            co_await io::run_on(node.shard, node.controller_shard, std::move(allocation));
        if (block.error != error_code::none) co_return outcome(std::unexpected(block.error));
        // Another request may have brought a block meanwhile: the rest of the older one is lost,
        // which is allowed.
        node.producer_ids = {.next = block.first, .left = block.count};
    }
    const auto fresh = node.producer_ids.next;
    ++node.producer_ids.next;
    --node.producer_ids.left;
    co_return outcome(fresh);
}

io::task<std::expected<producer_id, error_code>> spare_producer_id(services& node,
                                                                   std::string transactional_id,
                                                                   bool for_unknown) {
    using outcome = std::expected<producer_id, error_code>;
    bool needed = false;
    auto look = [&](const transaction_core& core) {
        const bool known = core.find(transactional_id) != nullptr;
        needed = known ? core.needs_producer_id(transactional_id) : for_unknown;
    };
    auto reading = read_transaction(node, transactional_id, std::move(look));
    const auto unread = co_await std::move(reading);
    if (unread != error_code::none) co_return outcome(std::unexpected(unread));
    if (!needed) co_return outcome(no_producer_id);
    auto allocation = fresh_producer_id(node);
    co_return co_await std::move(allocation);
}

}  // namespace weir::broker::api
