// client_connection: one client on its shard. Frames are read as they come; each is handed to the
// handler in order of arrival, and may be under way with others (pipelining); responses go out in
// the order of the requests, whatever finishes first.
//
// Memory: a frame's buffer grows with the bytes received, never with the size that was announced,
// and is charged to the shard's byte budget. Reading stops while too many requests of this client
// are under way, so a client that does not read its responses holds a bounded amount.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "broker/io/network.hpp"
#include "broker/io/task_group.hpp"
#include "broker/network/byte_budget.hpp"
#include "broker/network/connection_info.hpp"
#include "broker/network/request_frame.hpp"
#include "broker/network/response.hpp"

namespace weir::broker::network {

// Handles one frame (without its size prefix), which stays until the task ends. Runs on the shard
// of the connection, and what it does before it first suspends happens in order of arrival.
using frame_handler = std::function<io::task<response>(connection_info&, request_frame&)>;

struct connection_limits {
    std::size_t frame_size_max = 100 * 1024 * 1024;  // socket.request.max.bytes
    std::size_t pipeline_max = 64;                   // requests under way on one connection
    io::duration memory_wait_max = std::chrono::seconds(10);
};

struct traffic {
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
};

class client_connection {
  public:
    client_connection(io::shard& on, std::unique_ptr<io::connection> socket, byte_budget& budget,
                      const connection_limits& limits, const frame_handler& handler,
                      traffic& counters);

    connection_info& info() { return info_; }
    // Serves until the client or close() ends it; then nothing of it is under way any more.
    io::task<void> run();
    void close();
    io::time_point last_active() const { return last_active_; }
    bool is_idle() const { return under_way_.empty(); }

  private:
    struct exchange {
        exchange(byte_budget& budget, std::size_t size) : frame(budget, size) {}
        request_frame frame;
        std::optional<response> answer;
    };

    io::task<bool> fill_inbox(std::size_t wanted);
    io::task<std::unique_ptr<exchange>> read_frame();
    io::task<bool> read_body(request_frame& into);
    io::task<void> handle(exchange& one);
    io::task<void> send_ready();
    io::task<bool> send(response& answer);

    io::shard& shard_;
    std::unique_ptr<io::connection> socket_;
    byte_budget& budget_;
    const connection_limits& limits_;
    const frame_handler& handler_;
    traffic& counters_;
    connection_info info_;
    base::bytes inbox_;  // bytes received that belong to no frame yet
    std::size_t inbox_begin_ = 0;
    std::size_t inbox_end_ = 0;
    std::deque<std::unique_ptr<exchange>> under_way_;
    bool sending_ = false;
    io::time_point last_active_;
    io::condition room_;
    io::task_group work_;
};

}  // namespace weir::broker::network
