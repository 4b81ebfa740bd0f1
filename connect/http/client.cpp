#include "connect/http/client.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <exception>

namespace weir::connect::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using error_code = boost::system::error_code;

// The one question of a connection, from the look-up of its name to the end of the answer.
class question {
  public:
    explicit question(const get_options& options) : options_(options), stream_(loop_) {
        parser_.body_limit(options.body_bytes_max);
    }

    std::expected<got, std::string> ask(const host_port& where) {
        asio::ip::tcp::resolver resolver(loop_);
        error_code error;
        const auto found = resolver.resolve(where.host, where.port, error);
        if (error) return failed("is not known", error);
        stream_.expires_after(options_.timeout);
        stream_.async_connect(found, [&](error_code connected, const auto&) { done(connected); });
        if (!run()) return failed("cannot be reached", error_);
        message_.method(beast::http::verb::get);
        message_.target(options_.path);
        message_.set(beast::http::field::host, options_.address);
        message_.set(beast::http::field::connection, "close");
        beast::http::async_write(stream_, message_,
                                 [&](error_code wrote, std::size_t) { done(wrote); });
        if (!run()) return failed("does not answer", error_);
        beast::http::async_read(stream_, buffer_, parser_,
                                [&](error_code read, std::size_t) { done(read); });
        if (!run()) return failed("does not answer as HTTP does", error_);
        return got{.status = static_cast<int>(parser_.get().result_int()),
                   .body = std::move(parser_.get().body())};
    }

  private:
    void done(error_code error) { error_ = error; }
    bool run() {
        loop_.restart();
        loop_.run();
        return !error_;
    }
    std::unexpected<std::string> failed(const char* what, error_code error) const {
        return std::unexpected(fmt::format("{} {}: {}", options_.address, what, error.message()));
    }

    const get_options& options_;
    asio::io_context loop_{1};
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    beast::http::request<beast::http::empty_body> message_;
    beast::http::response_parser<beast::http::string_body> parser_;
    error_code error_;
};

}  // namespace

std::expected<host_port, std::string> parse_address(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) {
        return std::unexpected(fmt::format("'{}' is not HOST:PORT", text));
    }
    host_port out{.host = text.substr(0, colon), .port = text.substr(colon + 1)};
    if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']') {
        out.host = out.host.substr(1, out.host.size() - 2);
    }
    std::uint16_t number = 0;
    const auto* end = out.port.data() + out.port.size();
    const auto parsed = std::from_chars(out.port.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) {
        return std::unexpected(fmt::format("'{}' in '{}' is not a port", out.port, text));
    }
    return out;
}

std::expected<got, std::string> get(const get_options& options) {
    const auto where = parse_address(options.address);
    if (!where) return std::unexpected(where.error());
    try {
        return question(options).ask(*where);
    } catch (const std::exception& error) {
        return std::unexpected(fmt::format("{}: {}", options.address, error.what()));
    }
}

}  // namespace weir::connect::http
