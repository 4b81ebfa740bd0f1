#include "broker/rpc/channel.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/endian.hpp"
#include "base/ensure.hpp"
#include "broker/protocol/messages/api_versions_request.hpp"

namespace weir::broker::rpc {
namespace {

constexpr std::size_t prefix_size = 4;
constexpr std::size_t first_capacity = 64 * 1024;

// As Kafka's errors spell an API: DESCRIBE_LOG_DIRS.
std::string upper_name(protocol::api_key key) {
    std::string name;
    for (const char letter : protocol::api_name(key)) {
        const bool upper = letter >= 'A' && letter <= 'Z';
        if (upper && !name.empty()) name += '_';
        name += upper ? letter : static_cast<char>(letter - 'a' + 'A');
    }
    return name;
}

rpc_error from_network(const io::network_error& error) {
    return {.code = rpc_errc::closed, .message = error.message};
}

}  // namespace

channel::channel(io::shard& on, std::unique_ptr<io::connection> socket, channel_options options)
    : shard_(on),
      socket_(std::move(socket)),
      options_(std::move(options)),
      idle_(on),
      write_turn_(on),
      work_(on) {}

io::task<rpc_result<std::unique_ptr<channel>>> channel::open(io::shard& on, io::connector& network,
                                                             io::endpoint where,
                                                             channel_options options,
                                                             io::time_point deadline) {
    auto socket = co_await network.connect(where, deadline);
    if (!socket) {
        const bool late = socket.error().code == io::network_errc::timed_out;
        rpc_error error{.code = late ? rpc_errc::timed_out : rpc_errc::unreachable,
                        .message = socket.error().message};
        co_return std::unexpected(std::move(error));
    }
    std::unique_ptr<channel> opened(new channel(on, std::move(*socket), std::move(options)));
    opened->work_.spawn(opened->read_loop());
    auto agreed = co_await opened->negotiate(deadline);
    if (agreed) co_return opened;
    co_await opened->stop();
    co_return std::unexpected(agreed.error());
}

io::task<void> channel::stop() {
    fail({.code = rpc_errc::closed, .message = "the channel is stopped"});
    co_await work_.join();
    while (exchanges_ > 0)
        co_await idle_.wait();
}

// KIP-511: a broker that does not know our version of ApiVersions answers with a body of version
// 0, UNSUPPORTED_VERSION, and (since 2.4) the range that it knows; older ones only know 0.
io::task<rpc_result<void>> channel::negotiate(io::time_point deadline) {
    using request_type = protocol::api_versions_request;
    request_type request;
    request.client_software_name = options_.software_name;
    request.client_software_version = options_.software_version;
    head of{protocol::api_key::api_versions, request_type::max_version};
    for (;;) {
        auto frame = begin(of);
        request.encode(frame, of.version);
        auto received = co_await exchange(std::move(frame), deadline);
        if (!received) co_return std::unexpected(received.error());
        auto body = body_of(*received, of);
        const bool refused = body.left() >= sizeof(std::int16_t) &&
                             protocol::reader(body).get_int16() ==
                                 static_cast<std::int16_t>(error_code::unsupported_version);
        const std::int16_t answered_in = refused ? 0 : of.version;
        auto decoded = protocol::api_versions_response::decode(body, answered_in);
        if (!decoded) co_return std::unexpected(malformed(of, decoded.error()));
        served_ = std::move(*decoded);
        if (served_.error_code == error_code::none) co_return rpc_result<void>{};
        if (!refused || of.version == 0) {
            rpc_error error{.code = rpc_errc::unsupported_version,
                            .message = fmt::format("ApiVersions: {}", served_.error_code)};
            co_return std::unexpected(std::move(error));
        }
        const auto known = choose(of.key, {.min = 0, .max = of.version});
        of.version = known && *known < of.version ? *known : std::int16_t{0};
    }
}

rpc_result<std::int16_t> channel::choose(protocol::api_key key, version_range ours) const {
    const auto found = std::ranges::find(served_.api_keys, static_cast<std::int16_t>(key),
                                         &protocol::api_versions_response::api_version::api_key);
    const auto refuse = [](std::string message) {
        return std::unexpected(
            rpc_error{.code = rpc_errc::unsupported_version, .message = std::move(message)});
    };
    if (found == served_.api_keys.end()) {
        return refuse(fmt::format("The node does not support {}", upper_name(key)));
    }
    const auto highest = std::min(ours.max, found->max_version);
    if (highest >= std::max(ours.min, found->min_version)) return highest;
    return refuse(fmt::format(
        "The node does not support {} with version in range [{},{}]. The supported range is "
        "[{},{}].",
        upper_name(key), ours.min, ours.max, found->min_version, found->max_version));
}

protocol::writer channel::begin(head of) const {
    protocol::writer out;
    out.put_int32(0);  // the size
    out.put_int16(static_cast<std::int16_t>(of.key));
    out.put_int16(of.version);
    out.put_int32(0);  // the correlation id
    // The client id stays a plain string in flexible headers too (KIP-482).
    out.put_nullable_string(options_.client_id, false);
    if (protocol::request_header_version(of.key, of.version) >= 2) out.put_unsigned_varint(0);
    return out;
}

io::task<rpc_result<base::bytes>> channel::exchange(protocol::writer frame,
                                                    io::time_point deadline) {
    if (closed_) co_return std::unexpected(failure_);
    pending mine(shard_);
    const auto id = next_id_++;
    frame.patch_int32(0, static_cast<std::int32_t>(frame.size() - prefix_size));
    frame.patch_int32(8, id);
    under_way_.emplace(id, &mine);
    const auto alarm = shard_.call_at(deadline, [this] {
        const std::string text =
            fmt::format("no response from {}:{} before the deadline", peer().host, peer().port);
        fail({.code = rpc_errc::timed_out, .message = text});
    });
    ++exchanges_;
    co_await send_or_fail(frame);
    while (!mine.result)
        co_await mine.settled.wait();
    if (--exchanges_ == 0) idle_.notify_all();
    co_return std::move(*mine.result);
}

// One frame after the other: a write may be suspended half way.
io::task<void> channel::send_or_fail(const protocol::writer& frame) {
    while (writing_ && !closed_)
        co_await write_turn_.wait();
    if (closed_) co_return;
    writing_ = true;
    const base::bytes_view bytes = frame.buffer();
    std::vector<base::bytes_view> pieces;
    std::size_t done = 0;
    for (const auto& splice : frame.splices()) {
        ensure(splice.what.external_size == 0);
        pieces.push_back(bytes.subspan(done, splice.at - done));
        pieces.push_back(splice.what.memory);
        done = splice.at;
    }
    pieces.push_back(bytes.subspan(done));
    const auto written = co_await socket_->write(pieces, false);
    writing_ = false;
    write_turn_.notify_all();
    if (!written) fail(from_network(written.error()));
}

io::task<void> channel::read_loop() {
    while (!closed_) {
        auto frame = co_await read_frame();
        if (frame) {
            deliver(std::move(*frame));
        } else {
            fail(frame.error());
        }
    }
}

io::task<rpc_result<base::bytes>> channel::read_frame() {
    base::bytes prefix;
    auto got = co_await fill(prefix, prefix_size);
    if (!got) co_return std::unexpected(got.error());
    const auto size = base::load_be<std::int32_t>(prefix.data());
    if (size < 4 || static_cast<std::size_t>(size) > options_.response_size_max) {
        rpc_error error{.code = rpc_errc::malformed,
                        .message = fmt::format("a response of {} bytes is announced", size)};
        co_return std::unexpected(std::move(error));
    }
    base::bytes frame;
    got = co_await fill(frame, static_cast<std::size_t>(size));
    if (!got) co_return std::unexpected(got.error());
    co_return frame;
}

// Memory grows with the bytes received, never with the size that was announced.
io::task<rpc_result<void>> channel::fill(base::bytes& into, std::size_t size) {
    std::size_t have = 0;
    while (have < size) {
        if (have == into.size()) into.resize(std::min(size, std::max(first_capacity, have * 2)));
        const auto read = co_await socket_->read_some(base::mutable_bytes(into).subspan(have));
        if (!read) co_return std::unexpected(from_network(read.error()));
        if (*read == 0) {
            rpc_error error{.code = rpc_errc::closed,
                            .message = fmt::format("{}:{} has closed the connection", peer().host,
                                                   peer().port)};
            co_return std::unexpected(std::move(error));
        }
        have += *read;
    }
    co_return rpc_result<void>{};
}

void channel::deliver(base::bytes frame) {
    const auto id = base::load_be<std::int32_t>(frame.data());
    const auto found = under_way_.find(id);
    if (found == under_way_.end()) {
        return fail(
            {.code = rpc_errc::malformed,
             .message = fmt::format("a response to request {}, which is not under way", id)});
    }
    auto& waiting = *found->second;
    under_way_.erase(found);
    waiting.result.emplace(std::move(frame));
    waiting.settled.notify_all();
}

void channel::fail(rpc_error why) {
    if (closed_) return;
    closed_ = true;
    failure_ = std::move(why);
    socket_->close();
    for (auto& [id, waiting] : std::exchange(under_way_, {})) {
        waiting->result.emplace(std::unexpected(failure_));
        waiting->settled.notify_all();
    }
    write_turn_.notify_all();
}

protocol::reader channel::body_of(base::bytes& frame, head of) {
    protocol::reader body(frame);
    body.get_int32();
    if (protocol::response_header_version(of.key, of.version) >= 1) body.skip_tags();
    return body;
}

rpc_error channel::malformed(head of, protocol::decode_errc reason) const {
    return {.code = rpc_errc::malformed,
            .message =
                fmt::format("{} response, version {}, from {}:{}: {}", protocol::api_name(of.key),
                            of.version, peer().host, peer().port, protocol::to_text(reason))};
}

}  // namespace weir::broker::rpc
