#include "cli/tools/admin_client.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "broker/protocol/messages/describe_cluster_request.hpp"
#include "broker/protocol/messages/describe_cluster_response.hpp"
#include "broker/protocol/messages/find_coordinator_request.hpp"
#include "broker/protocol/messages/find_coordinator_response.hpp"
#include "broker/protocol/messages/metadata_request.hpp"
#include "broker/protocol/messages/metadata_response.hpp"

namespace weir::cli::tools {
namespace {

using namespace std::chrono_literals;
using broker::error_code;
using broker::node_id;
using broker::io::task;
using broker::rpc::channel;
using broker::rpc::rpc_errc;

constexpr auto first_pause = 50ms;  // reconnect.backoff.ms
constexpr auto longest_pause = 1000ms;
constexpr auto retry_pause = 100ms;  // retry.backoff.ms
constexpr std::int8_t controller_endpoints = 2;
// How Kafka's client calls the question that finds the nodes.
constexpr std::string_view cluster_call = "fetchMetadata";

}  // namespace

admin_client::admin_client(admin_options options)
    : options_(std::move(options)),
      shard_("admin-client"),
      connector_(shard_),
      group_(shard_),
      stopping_(shard_) {
    shard_.start();
}

admin_client::~admin_client() {
    std::binary_semaphore done{0};
    shard_.post([&] {
        // Not in group_: it waits for what is there.
        stopping_.spawn(stop(done));
    });
    done.acquire();
    shard_.stop();
}

tool_result<cluster_view> admin_client::cluster() {
    return wait(options_.to_controllers ? ask_controllers() : ask_cluster());
}

tool_result<node_id> admin_client::coordinator(const std::string& key, coordinated kind) {
    return wait(ask_coordinator(key, kind));
}

tool_result<broker::protocol::api_versions_response> admin_client::served_by(node_id node) {
    return wait(ask_served(node));
}

void admin_client::pause(std::chrono::milliseconds time) {
    wait(sleep(time));
}

task<bool> admin_client::sleep(std::chrono::milliseconds time) {
    co_await broker::io::sleep_until(shard_, shard_.now() + time);
    co_return true;
}

bool admin_client::worth_trying_again(const broker::rpc::rpc_error& error) {
    return error.code != rpc_errc::unsupported_version && error.code != rpc_errc::malformed;
}

// Without a node: the bootstrap addresses, numbered -1, -2 ... as Kafka's client does.
// Of several controllers, the active one answers.
task<tool_result<std::vector<admin_client::candidate>>> admin_client::candidates(destination to) {
    std::vector<candidate> found;
    const bool finds_cluster = to.call_name == cluster_call;
    if (options_.to_controllers && !to.node && !finds_cluster) {
        const auto view = co_await ask_controllers();
        if (!view) co_return std::unexpected(view.error());
        if (view->controller_id != broker::no_node) to.node = view->controller_id;
    }
    if (!to.node) {
        int number = 0;
        for (const auto& server : options_.bootstrap) {
            --number;
            for (const auto& address : server.addresses)
                found.push_back({number, server.name, {.host = address, .port = server.port}});
        }
        co_return found;
    }
    const auto view = co_await ask_cluster();
    if (!view) co_return std::unexpected(view.error());
    const auto node = std::ranges::find(view->nodes, *to.node, &cluster_node::id);
    if (node != view->nodes.end()) {
        broker::io::endpoint where{.host = node->host,
                                   .port = static_cast<std::uint16_t>(node->port)};
        found.push_back({to.node->value(), node->host, std::move(where)});
    }
    co_return found;
}

task<tool_result<channel*>> admin_client::reach(destination to, time_point deadline) {
    const auto places = co_await candidates(to);
    if (!places) co_return std::unexpected(places.error());
    auto pause = std::chrono::milliseconds(first_pause);
    while (!places->empty()) {
        for (const auto& place : *places) {
            auto opened = co_await connect_to(place, deadline);
            if (opened || shard_.now() >= deadline) co_return opened;
        }
        if (!options_.patient) break;
        const auto until = std::min(deadline, shard_.now() + pause);
        co_await broker::io::sleep_until(shard_, until);
        pause = std::min(longest_pause, pause * 2);
        if (shard_.now() >= deadline) break;
    }
    co_return std::unexpected(client_error(
        "TimeoutException",
        fmt::format("Timed out waiting for a node assignment. Call: {}", to.call_name)));
}

task<tool_result<channel*>> admin_client::connect_to(candidate to, time_point deadline) {
    auto& known = channels_[to.number];
    if (known && !known->is_closed()) co_return known.get();
    if (known) closed_.push_back(std::move(known));
    // A node that is a bootstrap address as well needs no second connection.
    for (auto& [other, opened] : channels_) {
        const bool open = opened && !opened->is_closed();
        if (open && opened->peer() == to.where) co_return opened.get();
    }
    const auto limit = std::min(deadline, shard_.now() + options_.request_timeout);
    broker::rpc::channel_options options{.client_id = options_.client_id,
                                         .software_version = WEIR_VERSION};
    auto opening = channel::open(shard_, connector_, to.where, std::move(options), limit);
    auto opened = co_await std::move(opening);
    if (opened) {
        auto& place = channels_[to.number];
        place = std::move(*opened);
        co_return place.get();
    }
    if (opened.error().code == rpc_errc::unreachable) {
        // As Java prints an address: the name, unless it is one itself, a slash, the numbers.
        const auto text = fmt::format(
            "[{} clientId={}] Connection to node {} ({}/{}:{}) could not be established. Node may "
            "not be available.",
            options_.log_name, options_.client_id, to.number,
            to.name == to.where.host ? "" : to.name, to.where.host, to.where.port);
        log_line("WARN", text, "org.apache.kafka.clients.NetworkClient");
    }
    co_return std::unexpected(error_of(opened.error()));
}

task<tool_result<cluster_view>> admin_client::ask_cluster() {
    if (cluster_) co_return *cluster_;
    if (options_.to_controllers) co_return co_await ask_controllers();
    broker::protocol::metadata_request request;
    request.topics.emplace();  // none of them
    request.allow_auto_topic_creation = false;
    destination to{.call_name = "listNodes"};
    auto reply = co_await attempt<broker::protocol::metadata_response>(request, to);
    if (!reply) co_return std::unexpected(reply.error());
    cluster_view view{.cluster_id = (*reply)->cluster_id.value_or(""),
                      .controller_id = (*reply)->controller_id};
    for (const auto& each : (*reply)->brokers)
        view.nodes.push_back({each.node_id, each.host, each.port, each.rack});
    std::ranges::sort(view.nodes, {}, &cluster_node::id);
    cluster_ = std::move(view);
    co_return *cluster_;
}

task<tool_result<cluster_view>> admin_client::ask_controllers() {
    if (cluster_) co_return *cluster_;
    broker::protocol::describe_cluster_request request;
    request.endpoint_type = controller_endpoints;
    destination to{.call_name = cluster_call, .versions = {.min = 1}};
    auto reply = co_await attempt<broker::protocol::describe_cluster_response>(request, to);
    if (!reply) co_return std::unexpected(reply.error());
    if ((*reply)->error_code != error_code::none) {
        co_return std::unexpected(error_of((*reply)->error_code, (*reply)->error_message));
    }
    cluster_view view{.cluster_id = (*reply)->cluster_id, .controller_id = (*reply)->controller_id};
    for (const auto& each : (*reply)->brokers)
        view.nodes.push_back({each.broker_id, each.host, each.port, each.rack});
    std::ranges::sort(view.nodes, {}, &cluster_node::id);
    cluster_ = std::move(view);
    co_return *cluster_;
}

task<tool_result<node_id>> admin_client::ask_coordinator(std::string key, coordinated kind) {
    broker::protocol::find_coordinator_request request;
    request.key = key;
    request.key_type = static_cast<std::int8_t>(kind);
    request.coordinator_keys = {key};
    const auto deadline = shard_.now() + options_.api_timeout;
    for (;;) {
        destination to{.call_name = "findCoordinator"};
        auto reply = co_await attempt<broker::protocol::find_coordinator_response>(request, to);
        if (!reply) co_return std::unexpected(reply.error());
        auto code = (*reply)->error_code;
        auto message = (*reply)->error_message;
        auto node = (*reply)->node_id;
        if (!(*reply)->coordinators.empty()) {
            const auto& first = (*reply)->coordinators.front();
            code = first.error_code;
            message = first.error_message;
            node = first.node_id;
        }
        if (code == error_code::none) co_return node;
        if (!broker::is_retriable(code) || shard_.now() >= deadline) {
            if (message && message->empty()) message.reset();
            co_return std::unexpected(error_of(code, message));
        }
        co_await broker::io::sleep_until(shard_, shard_.now() + retry_pause);
    }
}

task<tool_result<broker::protocol::api_versions_response>> admin_client::ask_served(node_id node) {
    destination to{.call_name = "apiVersions", .node = node};
    const auto deadline = shard_.now() + options_.api_timeout;
    auto channel = co_await reach(to, deadline);
    if (!channel) co_return std::unexpected(channel.error());
    co_return (*channel)->served();
}

task<void> admin_client::stop(std::binary_semaphore& done) {
    for (auto& [number, each] : channels_) {
        if (each) co_await each->stop();
    }
    for (auto& each : closed_)
        co_await each->stop();
    co_await group_.join();
    channels_.clear();
    closed_.clear();
    done.release();
}

}  // namespace weir::cli::tools
