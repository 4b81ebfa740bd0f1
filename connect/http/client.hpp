// client: one GET over plain HTTP/1.1, for programs that look at a running one. Gateway to
// Boost.Beast: its types stay in client.cpp. Blocks the caller; no state.
#pragma once

#include <chrono>
#include <expected>
#include <string>

namespace weir::connect::http {

struct get_options {
    std::string address;  // HOST:PORT
    std::string path = "/";
    std::chrono::milliseconds timeout{5000};  // for all of it
    std::size_t body_bytes_max = 64 * 1024 * 1024;
};

struct got {
    int status = 0;
    std::string body;
};

// What the server answers, whatever its status; or a sentence that says why nothing came.
std::expected<got, std::string> get(const get_options& options);

// "HOST:PORT" taken apart, brackets of IPv6 off; a sentence when it is none.
struct host_port {
    std::string host;
    std::string port;
};
std::expected<host_port, std::string> parse_address(const std::string& text);

}  // namespace weir::connect::http
