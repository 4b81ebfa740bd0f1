// server: a listener and its connections, spread over the shards. Accepts on the first shard, hands
// each socket to the shard whose turn it is, where it is served until it ends.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/io/asio/network.hpp"
#include "broker/io/asio/shard.hpp"
#include "broker/network/client_connection.hpp"

namespace weir::broker::network {

struct server_options {
    std::string listener_name;
    io::endpoint listen;
    connection_limits limits;
    std::size_t connections_max = 2'147'483'647;
    std::size_t connections_per_ip_max = 2'147'483'647;
    io::duration idle_max = std::chrono::minutes(10);
    std::size_t request_memory = 256 * 1024 * 1024;  // over all shards
};

struct server_counts {
    std::uint64_t connections = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t request_memory = 0;
    std::uint64_t evicted = 0;  // closed to give their memory to others
};

class server {
  public:
    // `handlers`: one per shard.
    server(std::span<io::asio_shard* const> shards, std::vector<frame_handler> handlers,
           server_options options);
    ~server();

    // Binds. On the first shard. Gives the endpoint that is really listened on.
    io::network_result<io::endpoint> listen();
    // Accepts from now on. On the first shard.
    void start();
    // On the first shard: no more connections, and those that are there end.
    io::task<void> stop();
    // The sums over all shards; on the first shard.
    io::task<server_counts> counts();

  private:
    struct shard_part;

    io::task<void> accept_loop();
    bool admit(const io::accepted_socket& socket);
    void hand_over(io::accepted_socket socket);
    void left(const std::string& host);

    std::span<io::asio_shard* const> shards_;
    server_options options_;
    std::vector<std::unique_ptr<shard_part>> parts_;
    std::unique_ptr<io::tcp_listener> listener_;
    std::map<std::string, std::size_t> per_ip_;
    std::size_t open_ = 0;
    std::uint64_t accepted_ = 0;
    std::uint64_t refused_ = 0;
    std::size_t turn_ = 0;
    io::time_point warned_at_;
    io::task_group accepting_;
};

}  // namespace weir::broker::network
