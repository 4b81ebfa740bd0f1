#include "broker/io/asio/connector.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <coroutine>
#include <vector>

#include "broker/io/asio/context.hpp"
#include "broker/io/asio/network.hpp"

namespace weir::broker::io {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using error_type = boost::system::error_code;

network_error failure(const endpoint& where, network_errc code, const std::string& reason) {
    return {.code = code,
            .message = fmt::format("connect to {}:{}: {}", where.host, where.port, reason)};
}

// co_await lookup{...}: the addresses of a name. Asio asks the system on a thread of its own.
class lookup {
  public:
    lookup(asio_shard& on, const std::string& host) : resolver_(on.native().loop), host_(host) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        resolver_.async_resolve(
            host_, "",
            [this, waiting](const error_type& error, const tcp::resolver::results_type& found) {
                error_ = error;
                for (const auto& each : found)
                    addresses_.push_back(each.endpoint().address());
                waiting.resume();
            });
    }
    std::vector<asio::ip::address> await_resume() { return std::move(addresses_); }
    // Gives up: the coroutine goes on with what there is, nothing.
    void cancel() { resolver_.cancel(); }

  private:
    tcp::resolver resolver_;
    const std::string& host_;
    error_type error_;
    std::vector<asio::ip::address> addresses_;
};

// co_await attempt{...}: the outcome of a connect.
class attempt {
  public:
    attempt(tcp::socket& socket, tcp::endpoint to) : socket_(socket), to_(std::move(to)) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        socket_.async_connect(to_, [this, waiting](const error_type& error) {
            error_ = error;
            waiting.resume();
        });
    }
    error_type await_resume() const { return error_; }

  private:
    tcp::socket& socket_;
    tcp::endpoint to_;
    error_type error_;
};

}  // namespace

task<network_result<std::unique_ptr<connection>>> tcp_connector::connect(endpoint where,
                                                                         time_point deadline) {
    bool late = false;
    error_type error;
    std::vector<asio::ip::address> addresses;
    if (const auto literal = asio::ip::make_address(where.host, error); !error) {
        addresses.push_back(literal);
    } else {
        lookup asked(shard_, where.host);
        const auto alarm = shard_.call_at(deadline, [&asked, &late] {
            late = true;
            asked.cancel();
        });
        addresses = co_await asked;
        if (addresses.empty() && !late) {
            co_return std::unexpected(
                failure(where, network_errc::unknown_host, "the name is not known"));
        }
    }
    for (const auto& address : addresses) {
        if (late) break;
        tcp::socket socket(shard_.native().loop);
        const auto alarm = shard_.call_at(deadline, [&socket, &late] {
            late = true;
            error_type ignored;
            socket.close(ignored);
        });
        attempt trying(socket, tcp::endpoint(address, where.port));
        error = co_await trying;
        if (late) break;
        if (error) continue;
        const int descriptor = socket.release(error);
        if (error) continue;
        accepted_socket connected(descriptor, where);
        co_return std::move(connected).adopt(shard_);
    }
    if (late) {
        co_return std::unexpected(
            failure(where, network_errc::timed_out, "no answer before the deadline"));
    }
    const bool refused = error == asio::error::connection_refused;
    co_return std::unexpected(
        failure(where, refused ? network_errc::refused : network_errc::other, error.message()));
}

}  // namespace weir::broker::io
