// client: HTTP/1.1 requests over kept connections, plain or TLS. The only file with network I/O of
// this folder is client.cpp, the gateway to Boost.Asio and Beast.
//
// - Everything happens inside of wait(), in the thread that calls it; only interrupt() may be
// called
//   from another one.
// - A request ends in one answer: a response, or why there is none. Requests have a deadline,
// bodies
//   of responses are bounded.
// - A kept connection that the server closed is opened again without anybody noticing, once, before
//   any byte of a response came.
// - Redirects (307 and 308; for GET all) are followed up to three times, on the same host.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/http/url.hpp"

namespace weir::connectors::http {

struct client_options {
    std::string tls_ca;  // a PEM file; empty: those of the system
    bool tls_verify = true;
    std::string tls_cert;  // a PEM file with the client's chain
    std::string tls_key;
    std::int64_t connect_ms = 10'000;  // name, connection and TLS together
    std::int64_t request_ms = 30'000;  // from the first byte sent to the last received
    // A body is kept up to here; what goes beyond is read and dropped, or ends the connection.
    std::size_t body_bytes_max = 64 * 1024;
};

struct request {
    std::uint64_t id = 0;
    std::string method;
    url to;
    std::vector<std::pair<std::string, std::string>> headers;
    std::shared_ptr<const std::string> body;  // null: none
};

struct answer {
    std::uint64_t id = 0;
    int status = 0;            // 0: none came
    bool has_reached = false;  // there was a connection
    std::string failure;       // why none came; has no secret in it
    std::string body;
    bool is_cut = false;  // the body was longer
    std::string note;     // why a redirect was not followed; empty: there was none
    std::string retry_after;
    std::string content_type;
    std::int64_t took_ms = 0;
};

class client {
  public:
    // The error says which TLS file cannot be used.
    static std::expected<std::unique_ptr<client>, std::string> make(client_options options);
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    // Begins with the next wait().
    void start(request what);
    // Works until there is an answer, `timeout_ms` has passed, or interrupt() was called. The
    // answers live until the next call.
    const std::vector<answer>& wait(std::int64_t timeout_ms);
    // What is under way will have no answer; its connections are closed.
    void abandon();
    // From any thread: the wait() under way returns, or the next one does at once.
    void interrupt();

  private:
    struct state;
    explicit client(std::unique_ptr<state> with);
    std::unique_ptr<state> state_;
};

}  // namespace weir::connectors::http
