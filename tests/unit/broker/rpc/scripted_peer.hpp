// A broker of our own making: it takes one connection, hands every request to a script, and sends
// what the script gives back, frame by frame.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "broker/io/asio/network.hpp"
#include "broker/io/task_group.hpp"
#include "broker/protocol/messages/api_keys.hpp"
#include "broker/protocol/messages/api_versions_response.hpp"
#include "broker/protocol/wire.hpp"

namespace weir::broker::rpc {

struct received {
    protocol::api_key key{};
    std::int16_t version = 0;
    std::int32_t correlation_id = 0;
};

struct reaction {
    std::vector<base::bytes> frames;  // each with its size in front
    bool hang_up = false;
};

using script = std::function<reaction(const received&)>;

// A response with its size, the id, and `body`, of a header without tagged fields (version 0).
base::bytes plain_frame(std::int32_t correlation_id, const protocol::writer& body);
// The same for header version 1.
base::bytes flexible_frame(std::int32_t correlation_id, const protocol::writer& body);

// The answer to ApiVersions: what is served, in the version of the question.
base::bytes versions_frame(const received& question,
                           const std::vector<protocol::api_versions_response::api_version>& served);

class scripted_peer {
  public:
    explicit scripted_peer(script reacts);
    ~scripted_peer();
    io::endpoint address() const { return {.host = "127.0.0.1", .port = port_}; }

  private:
    io::task<void> serve();
    io::task<void> stop(std::promise<void>& done);

    script reacts_;
    io::asio_shard shard_;
    io::task_group group_;
    io::task_group stopping_;
    std::unique_ptr<io::tcp_listener> listener_;
    std::unique_ptr<io::connection> client_;
    std::uint16_t port_ = 0;
};

}  // namespace weir::broker::rpc
