// server: a small HTTP/1.1 server with one thread of its own, on which all handlers run one after
// the other; they answer from memory and do not wait.
//
// Bounded in everything that comes from outside: connections, the size of headers and body, the
// time that a connection is idle, and the time that a request and its response take. start() and
// stop() belong to one thread. Gateway to Boost.Beast: its types stay in server.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "connect/http/router.hpp"

namespace weir::connect::http {

using milliseconds = std::chrono::milliseconds;

struct server_options {
    std::string listen = "127.0.0.1:8083";  // HOST:PORT, [::1]:PORT; port 0: any that is free
    std::size_t connections_max = 256;      // beyond: the longest idle one goes, or 503
    std::uint32_t header_bytes_max = 16 * 1024;
    std::uint64_t body_bytes_max = 1024 * 1024;
    milliseconds idle_timeout{60'000};     // between two requests
    milliseconds request_timeout{10'000};  // from its first byte to its last
    milliseconds write_timeout{30'000};    // for a whole response
};

class server {
  public:
    // Listens, or says in one sentence why it cannot.
    static std::expected<std::unique_ptr<server>, std::string> start(server_options options,
                                                                     router routes);
    ~server();  // stop() with a deadline of a second
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // Where it listens: "127.0.0.1:8083".
    const std::string& address() const;
    std::uint16_t port() const;

    // Listens no more, lets requests under way be answered for at most `patience`, then closes.
    void stop(milliseconds patience);

  private:
    struct state;
    class connection;
    explicit server(std::unique_ptr<state> inside);
    std::unique_ptr<state> state_;
};

}  // namespace weir::connect::http
