#include "cli/tools/transaction_admin/transaction_calls.hpp"

#include <fmt/format.h>

#include <chrono>

#include "broker/protocol/messages/describe_producers_request.hpp"
#include "broker/protocol/messages/describe_transactions_request.hpp"
#include "broker/protocol/messages/init_producer_id_request.hpp"
#include "broker/protocol/messages/init_producer_id_response.hpp"
#include "broker/protocol/messages/write_txn_markers_request.hpp"
#include "broker/protocol/messages/write_txn_markers_response.hpp"
#include "cli/tools/java/hash_order.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::node_id;
using broker::protocol::describe_producers_request;
using broker::protocol::describe_producers_response;
using broker::protocol::describe_transactions_request;
using broker::protocol::describe_transactions_response;
using broker::protocol::init_producer_id_request;
using broker::protocol::init_producer_id_response;
using broker::protocol::list_transactions_request;
using broker::protocol::list_transactions_response;
using broker::protocol::write_txn_markers_request;
using broker::protocol::write_txn_markers_response;

constexpr auto retry_pause = std::chrono::milliseconds(100);  // retry.backoff.ms
constexpr std::string_view handlers = "org.apache.kafka.clients.admin.internals.";

// What Kafka's client logs when a request failed for a reason that it does not know.
void log_unexpected(const admin_client& client, std::string_view handler, std::string_view text) {
    log_line("ERROR", fmt::format("[AdminClient clientId={}] {}", client.options().client_id, text),
             fmt::format("{}{}", handlers, handler));
}

tool_error unexpected(error_code code, std::string message) {
    auto error = error_of(code);
    error.message = std::move(message);
    return error;
}

// One answer of a node that may lead some of the partitions.
tool_result<partition_answers> ask_producers(admin_client& client, node_id node,
                                             const std::vector<topic_partition>& partitions,
                                             producers_by_partition& found) {
    describe_producers_request request;
    for (const auto& each : partitions) {
        if (request.topics.empty() || request.topics.back().name != each.topic) {
            request.topics.emplace_back().name = each.topic;
        }
        request.topics.back().partition_indexes.emplace_back(each.partition);
    }
    const auto reply = client.call<describe_producers_response>(
        request, {.call_name = "describeProducers(api=DESCRIBE_PRODUCERS)", .node = node});
    if (!reply) return std::unexpected(reply.error());
    partition_answers answers;
    for (const auto& topic : (*reply)->topics) {
        for (const auto& each : topic.partitions) {
            const topic_partition which{topic.name, each.partition_index.value()};
            if (each.error_code != error_code::none) {
                answers.emplace(which, std::unexpected(each.error_code));
                continue;
            }
            answers.emplace(which, 0);
            found[which] = each.active_producers;
        }
    }
    return answers;
}

}  // namespace

tool_result<std::map<node_id, std::vector<listed_transaction>>> list_transactions(
    admin_client& client, const list_transactions_request& request) {
    const auto cluster = client.cluster();
    if (!cluster) return std::unexpected(cluster.error());
    std::map<node_id, std::vector<listed_transaction>> listed;
    for (const auto& node : cluster->nodes) {
        const auto reply = client.call<list_transactions_response>(
            request, {.call_name = "listTransactions(api=LIST_TRANSACTIONS)", .node = node.id});
        if (!reply) return std::unexpected(reply.error());
        const auto code = (*reply)->error_code;
        if (code != error_code::none) {
            log_unexpected(client, "ListTransactionsHandler",
                           fmt::format("The `ListTransactions` request sent to broker {} failed "
                                       "because of an unexpected error {}",
                                       node.id, code));
            return std::unexpected(
                unexpected(code, fmt::format("ListTransactions request sent to broker {} failed "
                                             "with an unexpected exception",
                                             node.id)));
        }
        listed[node.id] = (*reply)->transaction_states;
    }
    return listed;
}

tool_result<described_transaction> describe_transaction(admin_client& client,
                                                        const std::string& transactional_id) {
    const auto node = client.coordinator(transactional_id, admin_client::coordinated::transaction);
    if (!node) return std::unexpected(node.error());
    describe_transactions_request request;
    request.transactional_ids = {transactional_id};
    const auto reply = client.call<describe_transactions_response>(
        request, {.call_name = "describeTransactions(api=DESCRIBE_TRANSACTIONS)", .node = *node});
    if (!reply) return std::unexpected(reply.error());
    for (const auto& state : (*reply)->transaction_states) {
        if (state.transactional_id != transactional_id) continue;
        if (state.error_code == error_code::none) {
            return described_transaction{.coordinator = *node, .state = state};
        }
        const bool unknown = state.error_code == error_code::transactional_id_not_found;
        return std::unexpected(unexpected(
            state.error_code,
            fmt::format(
                "DescribeTransactions request for transactionalId `{}` failed {}", transactional_id,
                unknown ? "because the ID could not be found" : "due to unexpected error")));
    }
    return std::unexpected(error_of(error_code::unknown_server_error));
}

std::vector<topic_partition> partitions_of(const transaction_state& state) {
    std::vector<topic_partition> all;
    for (const auto& topic : state.topics) {
        for (const auto partition : topic.partitions)
            all.push_back({.topic = topic.topic, .partition = partition.value()});
    }
    java::sort_as_hash_map(all, [](const topic_partition& each) { return hash_of(each); });
    return all;
}

tool_result<producers_by_partition> describe_producers(
    admin_client& client, const std::vector<topic_partition>& partitions,
    std::optional<node_id> node) {
    producers_by_partition found;
    if (!node) {
        const auto done = ask_leaders(client, partitions, [&](auto leader, const auto& led) {
            return ask_producers(client, leader, led, found);
        });
        for (const auto& [which, result] : done) {
            if (!result) return std::unexpected(result.error());
        }
        return found;
    }
    const auto answers = ask_producers(client, *node, partitions, found);
    if (!answers) return std::unexpected(answers.error());
    for (const auto& [which, answer] : *answers) {
        if (answer) continue;
        return std::unexpected(unexpected(
            answer.error(), fmt::format("Failed to describe active producers for partition {} on "
                                        "brokerId {}",
                                        to_text(which), *node)));
    }
    return found;
}

std::string to_text(const abort_spec& spec) {
    return fmt::format(
        "AbortTransactionSpec(topicPartition={}, producerId={}, producerEpoch={}, "
        "coordinatorEpoch={})",
        to_text(spec.where), spec.producer, spec.epoch, spec.coordinator_epoch);
}

namespace {

// Why the marker was refused, as Kafka's client says it and logs it.
tool_error refused_marker(const admin_client& client, const abort_spec& spec, error_code code) {
    const auto text = to_text(spec);
    if (code == error_code::invalid_producer_epoch) {
        log_unexpected(client, "AbortTransactionHandler",
                       fmt::format("WriteTxnMarkers request for abort spec {} failed due to an "
                                   "invalid producer epoch",
                                   text));
        return unexpected(code, fmt::format("WriteTxnMarkers request with {} failed due an invalid "
                                            "producer epoch",
                                            text));
    }
    if (code == error_code::transaction_coordinator_fenced) {
        log_unexpected(client, "AbortTransactionHandler",
                       fmt::format("WriteTxnMarkers request for abort spec {} failed because the "
                                   "coordinator epoch is fenced",
                                   text));
        return unexpected(
            code, fmt::format("WriteTxnMarkers request with {} failed since the provided "
                              "coordinator epoch {} has been fenced by the active coordinator",
                              text, spec.coordinator_epoch));
    }
    log_unexpected(client, "AbortTransactionHandler",
                   fmt::format("WriteTxnMarkers request for abort spec {} failed due to an "
                               "unexpected error {}",
                               text, code));
    return unexpected(code, fmt::format("WriteTxnMarkers request with {} failed due to unexpected "
                                        "error: {}",
                                        text, error_of(code).message));
}

}  // namespace

tool_result<void> abort_transaction(admin_client& client, const abort_spec& spec) {
    std::optional<error_code> refused;
    const auto done = ask_leaders(
        client, {spec.where}, [&](auto leader, const auto& led) -> tool_result<partition_answers> {
            write_txn_markers_request request;
            auto& marker = request.markers.emplace_back();
            marker.producer_id = spec.producer;
            marker.producer_epoch = spec.epoch;
            marker.coordinator_epoch = spec.coordinator_epoch;
            marker.transaction_result = false;
            auto& topic = marker.topics.emplace_back();
            topic.name = spec.where.topic;
            topic.partition_indexes.emplace_back(spec.where.partition);
            const auto reply = client.call<write_txn_markers_response>(
                request, {.call_name = "abortTransaction(api=WRITE_TXN_MARKERS)", .node = leader});
            if (!reply) return std::unexpected(reply.error());
            auto code = error_code::unknown_server_error;
            for (const auto& written : (*reply)->markers) {
                for (const auto& each : written.topics) {
                    for (const auto& partition : each.partitions)
                        code = partition.error_code;
                }
            }
            partition_answers answers;
            if (code == error_code::none) {
                answers.emplace(led.front(), 0);
            } else {
                refused = code;
                answers.emplace(led.front(), std::unexpected(code));
            }
            return answers;
        });
    const auto& result = done.at(spec.where);
    if (result) return {};
    if (refused) return std::unexpected(refused_marker(client, spec, *refused));
    return std::unexpected(result.error());
}

tool_result<void> fence_producer(admin_client& client, const std::string& transactional_id) {
    const auto deadline = std::chrono::steady_clock::now() + client.options().api_timeout;
    init_producer_id_request request;
    request.transactional_id = transactional_id;
    request.producer_id = broker::no_producer_id;
    request.producer_epoch = broker::no_producer_epoch;
    request.transaction_timeout_ms =
        static_cast<std::int32_t>(client.options().request_timeout.count());
    for (;;) {
        const auto node =
            client.coordinator(transactional_id, admin_client::coordinated::transaction);
        if (!node) return std::unexpected(node.error());
        const auto reply = client.call<init_producer_id_response>(
            request, {.call_name = "fenceProducer(api=INIT_PRODUCER_ID)", .node = *node});
        if (!reply) return std::unexpected(reply.error());
        const auto code = (*reply)->error_code;
        if (code == error_code::none) return {};
        // The transaction that was open is being aborted: then the id can be taken.
        const bool later =
            code == error_code::concurrent_transactions || broker::is_retriable(code);
        if (later && std::chrono::steady_clock::now() < deadline) {
            client.pause(retry_pause);
            continue;
        }
        return std::unexpected(
            unexpected(code, fmt::format("InitProducerId request for transactionalId `{}` failed "
                                         "due to unexpected error",
                                         transactional_id)));
    }
}

}  // namespace weir::cli::tools
