// connection_info: what is known of a client's connection. Owned by the connection's shard.
#pragma once

#include <cstdint>
#include <string>

#include "broker/io/condition.hpp"

namespace weir::broker::network {

struct connection_info {
    explicit connection_info(io::shard& on) : changed(on) {}

    std::uint64_t id = 0;
    std::string listener;  // the name of the listener it came through
    std::string peer_host;
    std::uint16_t peer_port = 0;
    std::string software_name;  // from ApiVersions (KIP-511)
    std::string software_version;

    // Requests under way that may wait for minutes (a member waits for its group): as long as there
    // is one, no further request of the client is read, as in Kafka. Else one connection could have
    // many of them, each with its memory.
    int long_waits = 0;

    // The client is gone: whoever waits on its behalf gives up.
    bool closed = false;
    // Notified at close, and by a waiting fetch's partitions.
    io::condition changed;
};

// Counts one while it lives.
class long_wait {
  public:
    explicit long_wait(connection_info& of) : of_(of) { ++of_.long_waits; }
    ~long_wait() { --of_.long_waits; }
    long_wait(const long_wait&) = delete;
    long_wait& operator=(const long_wait&) = delete;

  private:
    connection_info& of_;
};

}  // namespace weir::broker::network
