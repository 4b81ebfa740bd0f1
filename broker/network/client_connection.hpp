// client_connection: one client on its shard. Frames are read as they come; each is handed to the
// handler in order of arrival, and may be under way with others (pipelining); responses go out in
// the order of the requests, whatever finishes first.
//
// Memory: a frame's buffer grows with the bytes received, never with the size that was announced,
// and is charged to the shard's memory budget, as answers are that wait to be sent. Reading stops
// while too many requests of this client are under way or too many bytes of answers are not sent,
// so a client that does not read its responses holds a bounded amount.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "broker/io/network.hpp"
#include "broker/io/task_group.hpp"
#include "broker/network/connection_info.hpp"
#include "broker/network/memory_budget.hpp"
#include "broker/network/request_frame.hpp"
#include "broker/network/response.hpp"

namespace weir::broker::network {

// Handles one frame (without its size prefix), which stays until the task ends. Runs on the shard
// of the connection, and what it does before it first suspends happens in order of arrival.
using frame_handler = std::function<io::task<response>(connection_info&, request_frame&)>;

struct connection_limits {
    std::size_t frame_size_max = 100 * 1024 * 1024;  // socket.request.max.bytes
    std::size_t pipeline_max = 64;                   // requests under way on one connection
    std::size_t unsent_max = 1024 * 1024;            // bytes of answers that stop reading
};

struct traffic {
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
};

class client_connection final : private memory_holder {
  public:
    client_connection(io::shard& on, std::unique_ptr<io::connection> socket, memory_budget& budget,
                      const connection_limits& limits, const frame_handler& handler,
                      traffic& counters);

    connection_info& info() { return info_; }
    // Serves until the client or close() ends it; then nothing of it is under way any more.
    io::task<void> run();
    void close();
    // Since when nothing has moved although it is the client's turn; now, when it is ours. To be
    // called now and then.
    io::time_point last_active();

  private:
    struct exchange {
        exchange(memory_budget& budget, memory_holder& by, std::size_t size)
            : frame(budget, by, size) {}
        request_frame frame;
        std::size_t answer_charged = 0;
        std::optional<response> answer;
    };

    io::task<bool> fill_inbox(std::size_t wanted);
    io::task<std::unique_ptr<exchange>> read_frame();
    io::task<bool> read_body(request_frame& into);
    io::task<bool> wait_for_memory(request_frame& into, std::size_t count);
    bool is_full() const;
    io::task<bool> wait_for_room();
    io::task<void> handle(exchange& one);
    io::task<void> send_ready();
    io::task<bool> send(response& answer);
    void charge_answer(exchange& one);
    void discharge_answer(exchange& one);
    void evict() override;
    std::optional<io::time_point> stalled_since() const override;

    io::shard& shard_;
    std::unique_ptr<io::connection> socket_;
    memory_budget& budget_;
    const connection_limits& limits_;
    const frame_handler& handler_;
    traffic& counters_;
    connection_info info_;
    base::bytes inbox_;  // bytes received that belong to no frame yet
    std::size_t inbox_begin_ = 0;
    std::size_t inbox_end_ = 0;
    std::deque<std::unique_ptr<exchange>> under_way_;
    bool sending_ = false;
    std::size_t unsent_ = 0;                       // bytes of answers that wait
    std::optional<io::time_point> reading_since_;  // a frame that is not whole
    std::optional<io::time_point> sending_since_;
    io::time_point last_active_;
    std::uint64_t moved_ = 0;  // when last_active_ was set
    io::condition room_;
    io::task_group work_;
};

}  // namespace weir::broker::network
