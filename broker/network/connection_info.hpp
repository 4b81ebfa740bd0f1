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

    // The client is gone: whoever waits on its behalf gives up.
    bool closed = false;
    // Notified at close, and by a waiting fetch's partitions.
    io::condition changed;
};

}  // namespace weir::broker::network
