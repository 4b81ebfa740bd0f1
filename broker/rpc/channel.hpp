// channel: requests to one broker and their responses, over the generated codec. Shard-local.
//
// Requests are pipelined: each goes out at once, and the responses are matched by correlation id.
// The versions that both sides speak are settled when the channel opens (KIP-35, KIP-511); every
// request then goes out in the highest one. A request that is not answered by its deadline closes
// the channel, as Kafka's own client does: whatever follows on that connection would be late too.
// A closed channel stays closed; every call then fails with the error that closed it.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/io/network.hpp"
#include "broker/io/task_group.hpp"
#include "broker/protocol/messages/api_keys.hpp"
#include "broker/protocol/messages/api_versions_response.hpp"
#include "broker/protocol/wire.hpp"

namespace weir::broker::rpc {

enum class rpc_errc {
    unreachable,          // no connection could be opened
    closed,               // the connection ended, or stop() was called
    timed_out,            // the deadline passed
    unsupported_version,  // no version of this request is known to both sides
    malformed,            // what came back is not a response to what was asked
};

struct rpc_error {
    rpc_errc code = rpc_errc::closed;
    std::string message;
};

template <class T>
using rpc_result = std::expected<T, rpc_error>;

struct channel_options {
    std::string client_id;
    std::string software_name = "weir";
    std::string software_version = "0";
    std::size_t response_size_max = 256 * 1024 * 1024;
};

struct version_range {
    std::int16_t min = 0;
    std::int16_t max = std::numeric_limits<std::int16_t>::max();
    bool operator==(const version_range&) const = default;
};

struct call_options {
    io::time_point deadline;
    // Narrows the versions that may be used: a field may mean something only from one on.
    version_range versions = {};
};

// A decoded response, and the frame that its `records` fields look into.
template <class Response>
struct answer {
    base::bytes frame;
    Response body;
    std::int16_t version = 0;

    Response* operator->() { return &body; }
    const Response* operator->() const { return &body; }
    Response& operator*() { return body; }
    const Response& operator*() const { return body; }
};

class channel {
  public:
    // Connects and settles the versions.
    static io::task<rpc_result<std::unique_ptr<channel>>> open(io::shard& on,
                                                               io::connector& network,
                                                               io::endpoint where,
                                                               channel_options options,
                                                               io::time_point deadline);
    // Must have been stopped.
    ~channel() = default;
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;

    // Sends `request` and waits for its response. `request` lives until then.
    template <class Response, class Request>
    io::task<rpc_result<answer<Response>>> call(const Request& request, call_options options);

    // The version in which a request would be sent.
    template <class Request>
    rpc_result<std::int16_t> version_for(version_range wanted = {}) const {
        return choose(static_cast<protocol::api_key>(Request::message_key),
                      {.min = std::max(wanted.min, Request::min_version),
                       .max = std::min(wanted.max, Request::max_version)});
    }

    // What the broker said it serves when the channel opened.
    const protocol::api_versions_response& served() const { return served_; }
    const io::endpoint& peer() const { return socket_->peer(); }
    bool is_closed() const { return closed_; }
    // Fails what is under way with `closed` and waits until every call has returned.
    io::task<void> stop();

  private:
    struct pending {
        explicit pending(io::shard& on) : settled(on) {}
        std::optional<rpc_result<base::bytes>> result;
        io::condition settled;
    };
    struct head {
        protocol::api_key key{};
        std::int16_t version = 0;
    };

    channel(io::shard& on, std::unique_ptr<io::connection> socket, channel_options options);

    io::task<rpc_result<void>> negotiate(io::time_point deadline);
    rpc_result<std::int16_t> choose(protocol::api_key key, version_range ours) const;
    // A frame with its header, the body of which follows; exchange() fills in size and id.
    protocol::writer begin(head of) const;
    // The whole response frame, correlation id included.
    io::task<rpc_result<base::bytes>> exchange(protocol::writer frame, io::time_point deadline);
    io::task<void> send_or_fail(const protocol::writer& frame);
    io::task<void> read_loop();
    io::task<rpc_result<base::bytes>> read_frame();
    io::task<rpc_result<void>> fill(base::bytes& into, std::size_t size);
    void deliver(base::bytes frame);
    void fail(rpc_error why);
    // The reader of a response's body, behind its header.
    static protocol::reader body_of(base::bytes& frame, head of);
    rpc_error malformed(head of, protocol::decode_errc reason) const;

    io::shard& shard_;
    std::unique_ptr<io::connection> socket_;
    channel_options options_;
    protocol::api_versions_response served_;
    std::int32_t next_id_ = 0;
    std::map<std::int32_t, pending*> under_way_;
    std::size_t exchanges_ = 0;  // calls that have not returned yet
    io::condition idle_;
    bool writing_ = false;
    io::condition write_turn_;
    bool closed_ = false;
    rpc_error failure_;
    io::task_group work_;
};

template <class Response, class Request>
io::task<rpc_result<answer<Response>>> channel::call(const Request& request, call_options options) {
    static_assert(Request::message_key == Response::message_key);
    if (closed_) co_return std::unexpected(failure_);
    const auto version = version_for<Request>(options.versions);
    if (!version) co_return std::unexpected(version.error());
    const head of{static_cast<protocol::api_key>(Request::message_key), *version};
    auto frame = begin(of);
    request.encode(frame, *version);
    auto received = co_await exchange(std::move(frame), options.deadline);
    if (!received) co_return std::unexpected(received.error());
    answer<Response> result;
    result.frame = std::move(*received);
    result.version = *version;
    auto body = body_of(result.frame, of);
    auto decoded = Response::decode(body, *version);
    if (!decoded) co_return std::unexpected(malformed(of, decoded.error()));
    result.body = std::move(*decoded);
    co_return result;
}

}  // namespace weir::broker::rpc
