#include "broker/io/asio/network.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "broker/io/asio/context.hpp"

namespace weir::broker::io {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

std::unexpected<network_error> closed() {
    return std::unexpected(
        network_error{.code = network_errc::closed, .message = "the connection is closed"});
}

std::unexpected<network_error> failure(const char* operation, int code) {
    if (code == ECONNRESET || code == EPIPE || code == EBADF) return closed();
    return std::unexpected(
        network_error{.code = network_errc::other,
                      .message = fmt::format("{}: {}", operation, std::strerror(code))});
}

// co_await readiness{socket, kind}: false when the socket was closed meanwhile.
template <class Socket>
class readiness {
  public:
    readiness(Socket& socket, typename Socket::wait_type kind) : socket_(socket), kind_(kind) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        socket_.async_wait(kind_, [this, waiting](const boost::system::error_code& error) {
            ready_ = !error;
            waiting.resume();
        });
    }
    bool await_resume() const { return ready_; }

  private:
    Socket& socket_;
    typename Socket::wait_type kind_;
    bool ready_ = false;
};

class tcp_connection : public connection {
  public:
    tcp_connection(asio_shard& on, int descriptor, endpoint peer)
        : socket_(on.native().loop, tcp::v4(), descriptor), peer_(std::move(peer)) {
        socket_.native_non_blocking(true);
        const int yes = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }

    task<network_result<std::size_t>> read_some(base::mutable_bytes into) override {
        for (;;) {
            if (!socket_.is_open()) co_return closed();
            const auto read = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
            if (read >= 0) {
                moved_ += static_cast<std::uint64_t>(read);
                co_return static_cast<std::size_t>(read);
            }
            if (errno == EINTR) continue;
            if (errno != EAGAIN) co_return failure("recv", errno);
            const bool ready = co_await readiness(socket_, tcp::socket::wait_read);
            if (!ready) co_return closed();
        }
    }

    task<network_result<void>> write(std::span<const base::bytes_view> pieces, bool more) override {
        constexpr std::size_t batch = 64;
        std::array<iovec, batch> vectors;
        std::size_t skip = 0;  // bytes of the first piece that are out already
        while (!pieces.empty()) {
            if (!socket_.is_open()) co_return closed();
            msghdr message{};
            message.msg_iov = vectors.data();
            for (const auto& piece : pieces.first(std::min(pieces.size(), batch))) {
                const auto rest = message.msg_iovlen == 0 ? piece.subspan(skip) : piece;
                auto* start = const_cast<std::byte*>(rest.data());
                vectors[message.msg_iovlen++] = {.iov_base = start, .iov_len = rest.size()};
            }
            const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
            const auto sent = ::sendmsg(socket_.native_handle(), &message, flags);
            if (sent < 0 && errno == EINTR) continue;
            if (sent < 0 && errno != EAGAIN) co_return failure("send", errno);
            if (sent < 0) {
                const bool ready = co_await readiness(socket_, tcp::socket::wait_write);
                if (!ready) co_return closed();
                continue;
            }
            moved_ += static_cast<std::uint64_t>(sent);
            skip += static_cast<std::size_t>(sent);
            while (!pieces.empty() && skip >= pieces.front().size()) {
                skip -= pieces.front().size();
                pieces = pieces.subspan(1);
            }
        }
        co_return network_result<void>{};
    }

    task<network_result<void>> send_file(const file& from, std::uint64_t position,
                                         std::uint64_t length) override {
        if (from.descriptor() < 0) co_return co_await send_copy(from, position, length);
        auto at = static_cast<off_t>(position);
        while (length > 0) {
            if (!socket_.is_open()) co_return closed();
            const auto sent = ::sendfile(socket_.native_handle(), from.descriptor(), &at, length);
            if (sent == 0) co_return failure("sendfile", EIO);  // the file is shorter than it was
            if (sent < 0 && errno == EINTR) continue;
            if (sent < 0 && errno != EAGAIN) co_return failure("sendfile", errno);
            if (sent < 0) {
                const bool ready = co_await readiness(socket_, tcp::socket::wait_write);
                if (!ready) co_return closed();
                continue;
            }
            moved_ += static_cast<std::uint64_t>(sent);
            length -= static_cast<std::uint64_t>(sent);
        }
        co_return network_result<void>{};
    }

    void close() override {
        boost::system::error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_both, ignored);
        socket_.close(ignored);
    }

    const endpoint& peer() const override { return peer_; }
    std::uint64_t moved() const override { return moved_; }

  private:
    task<network_result<void>> send_copy(const file& from, std::uint64_t position,
                                         std::uint64_t length) {
        base::bytes copy(length);
        const auto read = from.read_at(position, copy);
        if (!read || *read != length) co_return failure("read", EIO);
        const base::bytes_view pieces[] = {copy};
        co_return co_await write(pieces, false);
    }

    tcp::socket socket_;
    endpoint peer_;
    std::uint64_t moved_ = 0;
};

}  // namespace

accepted_socket::accepted_socket(accepted_socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), peer_(std::move(other.peer_)) {}

accepted_socket::~accepted_socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::unique_ptr<connection> accepted_socket::adopt(asio_shard& on) && {
    return std::make_unique<tcp_connection>(on, std::exchange(descriptor_, -1), std::move(peer_));
}

struct tcp_listener::state {
    asio_shard& shard;
    tcp::acceptor acceptor;
    endpoint local;
};

tcp_listener::tcp_listener(std::unique_ptr<state> inside) : state_(std::move(inside)) {}
tcp_listener::~tcp_listener() = default;

network_result<std::unique_ptr<tcp_listener>> tcp_listener::listen(asio_shard& on,
                                                                   const endpoint& where) {
    const auto refuse = [&](const boost::system::error_code& error) {
        const bool in_use = error == asio::error::address_in_use;
        return std::unexpected(network_error{
            .code = in_use ? network_errc::in_use : network_errc::other,
            .message =
                fmt::format("listen on {}:{}: {}", where.host, where.port, error.message())});
    };
    boost::system::error_code error;
    auto address = asio::ip::make_address(where.host.empty() ? "0.0.0.0" : where.host, error);
    if (error) {
        tcp::resolver resolver(on.native().loop);
        const auto found = resolver.resolve(where.host, "", error);
        if (error || found.empty()) return refuse(error);
        address = found.begin()->endpoint().address();
    }
    auto inside = std::make_unique<state>(on, tcp::acceptor(on.native().loop), where);
    auto& acceptor = inside->acceptor;
    const tcp::endpoint target(address, where.port);
    acceptor.open(target.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(target, error);
    if (!error) acceptor.listen(4096, error);
    if (!error) acceptor.native_non_blocking(true, error);
    if (error) return refuse(error);
    inside->local.port = acceptor.local_endpoint().port();
    return std::unique_ptr<tcp_listener>(new tcp_listener(std::move(inside)));
}

task<network_result<accepted_socket>> tcp_listener::accept() {
    for (;;) {
        if (!state_->acceptor.is_open()) co_return closed();
        sockaddr_storage storage{};
        socklen_t size = sizeof storage;
        const int descriptor =
            ::accept4(state_->acceptor.native_handle(), reinterpret_cast<sockaddr*>(&storage),
                      &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            tcp::endpoint peer;
            std::memcpy(peer.data(), &storage, std::min<std::size_t>(size, peer.capacity()));
            endpoint from{.host = peer.address().to_string(), .port = peer.port()};
            co_return accepted_socket(descriptor, std::move(from));
        }
        const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS;
        if (exhausted) {
            base::log_warn("accept: {}; trying again in 100 ms", std::strerror(errno));
            co_await sleep_until(state_->shard,
                                 state_->shard.now() + std::chrono::milliseconds(100));
            continue;
        }
        if (errno != EAGAIN) continue;  // the peer went away meanwhile
        const bool ready = co_await readiness(state_->acceptor, tcp::acceptor::wait_read);
        if (!ready) co_return closed();
    }
}

void tcp_listener::close() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
}

const endpoint& tcp_listener::local() const {
    return state_->local;
}

}  // namespace weir::broker::io
