// TCP over Asio: the real listener and connection. Every socket call is tried first and waits for
// readiness only when the kernel says so.
#pragma once

#include <memory>

#include "broker/io/asio/shard.hpp"
#include "broker/io/network.hpp"

namespace weir::broker::io {

// A socket that belongs to no shard yet: it travels from the listener to its shard.
class accepted_socket {
  public:
    accepted_socket(int descriptor, endpoint peer)
        : descriptor_(descriptor), peer_(std::move(peer)) {}
    accepted_socket(accepted_socket&& other) noexcept;
    accepted_socket& operator=(accepted_socket&&) = delete;
    ~accepted_socket();

    // Makes a connection of it; on the shard that shall own it.
    std::unique_ptr<connection> adopt(asio_shard& on) &&;
    const endpoint& peer() const { return peer_; }

  private:
    int descriptor_;
    endpoint peer_;
};

class tcp_listener {
  public:
    // Binds and listens; IPv4 or IPv6 literal, or a name. The error says which address failed.
    static network_result<std::unique_ptr<tcp_listener>> listen(asio_shard& on,
                                                                const endpoint& where);
    ~tcp_listener();

    // Waits on the listener's shard. `closed` after close(). Running out of descriptors is waited
    // out, with a warning.
    task<network_result<accepted_socket>> accept();
    void close();
    const endpoint& local() const;

  private:
    struct state;
    explicit tcp_listener(std::unique_ptr<state> inside);
    std::unique_ptr<state> state_;
};

}  // namespace weir::broker::io
