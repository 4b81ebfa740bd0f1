// admin_client: questions to a cluster for a program that waits for the answers. A blocking facade
// of broker/rpc: one shard of its own does the work, every call blocks the caller until it is done.
//
// It does what Kafka's Admin client does about trouble: a broker that cannot be reached or goes
// away is tried again, with pauses and a WARN line each, until default.api.timeout.ms is over.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "broker/io/asio/connector.hpp"
#include "broker/io/task_group.hpp"
#include "broker/protocol/ids.hpp"
#include "broker/rpc/channel.hpp"
#include "cli/tools/errors.hpp"

namespace weir::cli::tools {

// An address that was given to begin with; `name` is how it was written.
struct bootstrap_server {
    std::string name;
    std::vector<std::string> addresses;  // what the name stands for, IPv4 first; never empty
    std::uint16_t port = 0;
};

struct admin_options {
    std::vector<bootstrap_server> bootstrap;
    bool to_controllers = false;  // --bootstrap-controller: the addresses are those of controllers
    bool patient = true;          // or every address is tried once only
    std::string log_name = "AdminClient";
    std::string client_id = "adminclient-1";
    std::chrono::milliseconds api_timeout{60'000};      // default.api.timeout.ms
    std::chrono::milliseconds request_timeout{30'000};  // request.timeout.ms
};

struct cluster_node {
    broker::node_id id = broker::no_node;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;
};

struct cluster_view {
    std::string cluster_id;
    broker::node_id controller_id = broker::no_node;
    std::vector<cluster_node> nodes;  // by id
};

// Where a request goes, and how Kafka's client calls it in its errors ("createTopics").
struct destination {
    std::string_view call_name;
    std::optional<broker::node_id> node = {};  // none: any node, controllers included
    broker::rpc::version_range versions = {};
};

class admin_client {
  public:
    explicit admin_client(admin_options options);
    ~admin_client();
    admin_client(const admin_client&) = delete;
    admin_client& operator=(const admin_client&) = delete;

    // Sends `request` and waits for the response. In a KRaft cluster every broker forwards what is
    // meant for the controller, so `any` node will do for that.
    template <class Response, class Request>
    tool_result<broker::rpc::answer<Response>> call(const Request& request, destination to) {
        return wait(attempt<Response>(request, to));
    }

    // The nodes of the cluster; asked for once.
    tool_result<cluster_view> cluster();
    // The broker that coordinates a group, or a transactional id.
    enum class coordinated : std::int8_t { group = 0, transaction = 1 };
    tool_result<broker::node_id> coordinator(const std::string& key,
                                             coordinated kind = coordinated::group);
    // What a node said it serves when it was reached.
    tool_result<broker::protocol::api_versions_response> served_by(broker::node_id node);

    void pause(std::chrono::milliseconds time);

    const admin_options& options() const { return options_; }

    // Runs a coroutine on the client's shard; for what needs several requests at once.
    template <class T>
    T wait(broker::io::task<T> work) {
        std::optional<T> result;
        std::binary_semaphore done{0};
        shard_.post([&] { group_.spawn(finish(std::move(work), result, done)); });
        done.acquire();
        return std::move(*result);
    }
    // The coroutine behind call(), on the client's shard. `request` outlives it.
    template <class Response, class Request>
    broker::io::task<tool_result<broker::rpc::answer<Response>>> attempt(const Request& request,
                                                                         destination to);

  private:
    using time_point = broker::io::time_point;

    template <class T>
    static broker::io::task<void> finish(broker::io::task<T> work, std::optional<T>& result,
                                         std::binary_semaphore& done) {
        result.emplace(co_await std::move(work));
        done.release();
    }
    // An open channel; waits and tries again until the deadline.
    broker::io::task<tool_result<broker::rpc::channel*>> reach(destination to, time_point deadline);
    // A place to connect to: a node by its number, and how its name is told.
    struct candidate {
        int number = 0;
        std::string name;
        broker::io::endpoint where;
    };
    broker::io::task<tool_result<std::vector<candidate>>> candidates(destination to);
    broker::io::task<tool_result<broker::rpc::channel*>> connect_to(candidate to,
                                                                    time_point deadline);
    broker::io::task<tool_result<cluster_view>> ask_cluster();
    broker::io::task<tool_result<cluster_view>> ask_controllers();
    broker::io::task<tool_result<broker::node_id>> ask_coordinator(std::string key,
                                                                   coordinated kind);
    broker::io::task<tool_result<broker::protocol::api_versions_response>> ask_served(
        broker::node_id node);
    broker::io::task<bool> sleep(std::chrono::milliseconds time);
    broker::io::task<void> stop(std::binary_semaphore& done);
    static bool worth_trying_again(const broker::rpc::rpc_error& error);

    admin_options options_;
    broker::io::asio_shard shard_;
    broker::io::tcp_connector connector_;
    broker::io::task_group group_;
    broker::io::task_group stopping_;
    // By node id; the bootstrap addresses are -1, -2, ... as in Kafka's client.
    std::map<int, std::unique_ptr<broker::rpc::channel>> channels_;
    std::vector<std::unique_ptr<broker::rpc::channel>> closed_;
    std::optional<cluster_view> cluster_;
};

template <class Response, class Request>
broker::io::task<tool_result<broker::rpc::answer<Response>>> admin_client::attempt(
    const Request& request, destination to) {
    const auto deadline = shard_.now() + options_.api_timeout;
    for (;;) {
        auto channel = co_await reach(to, deadline);
        if (!channel) co_return std::unexpected(channel.error());
        const broker::rpc::call_options limits{
            .deadline = std::min(deadline, shard_.now() + options_.request_timeout),
            .versions = to.versions};
        auto asked = (*channel)->template call<Response>(request, limits);
        auto reply = co_await std::move(asked);
        if (reply) co_return std::move(*reply);
        if (!worth_trying_again(reply.error()) || shard_.now() >= deadline) {
            co_return std::unexpected(error_of(reply.error()));
        }
    }
}

}  // namespace weir::cli::tools
