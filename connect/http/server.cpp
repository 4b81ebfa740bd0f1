#include "connect/http/server.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <optional>
#include <set>
#include <thread>

#include "base/log.hpp"
#include "connect/http/client.hpp"
#include "connect/http/target.hpp"

namespace weir::connect::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using error_code = boost::system::error_code;
using clock = std::chrono::steady_clock;

// A connection that was told to go may send this much and this long, so that it reads why.
constexpr std::size_t farewell_bytes_max = 1024 * 1024;
constexpr auto farewell_time = std::chrono::seconds(1);
// Connections beyond connections_max that are told so; the ones after them are closed at once.
constexpr std::size_t refused_max = 32;
// What a connection reads beyond a header: the beginning of the body, or requests sent ahead.
constexpr std::size_t reads_ahead_max = 64 * 1024;
constexpr auto pause_after_accept_error = std::chrono::milliseconds(100);

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& each : out) {
        if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
    }
    return out;
}

// A page of another site may make a browser send requests here, but not without saying so.
bool is_of_other_site(const request& asked) {
    const auto origin = asked.header("origin");
    if (!origin || asked.method == "GET") return false;
    const auto host = asked.header("host").value_or("");
    return *origin != fmt::format("http://{}", host) && *origin != fmt::format("https://{}", host);
}

}  // namespace

struct server::state {
    state(server_options given, router table)
        : options(std::move(given)), routes(std::move(table)), acceptor(loop), timer(loop) {}

    std::expected<void, std::string> listen();
    void accept();
    void run();
    void admit(tcp::socket socket);
    void begin_stop(milliseconds patience);
    void left(connection* which);

    server_options options;
    router routes;
    std::string address;
    asio::io_context loop{1};
    tcp::acceptor acceptor;
    asio::steady_timer timer;
    std::set<connection*> connections;
    bool stopping = false;
    std::thread thread;
};

// One connection; lives as long as something of it is under way.
class server::connection : public std::enable_shared_from_this<server::connection> {
  public:
    connection(state& owner, tcp::socket socket)
        : owner_(owner),
          stream_(std::move(socket)),
          buffer_(owner.options.header_bytes_max + reads_ahead_max) {
        owner_.connections.insert(this);
    }
    ~connection() { owner_.left(this); }

    // Waits for the first byte of a request.
    void wait();
    // Says 503 and closes.
    void refuse();
    void close() { stream_.close(); }
    bool is_idle() const { return is_idle_; }
    clock::time_point idle_since() const { return idle_since_; }

  private:
    void read_header();
    void read_body();
    void on_bad_read(error_code error);
    void answer();
    request take_request();
    void send(response what, bool with_body, bool keep_alive);
    void say_goodbye();
    void drain(std::size_t bytes_left);

    state& owner_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
    beast::http::response<beast::http::string_body> response_;
    beast::http::response<beast::http::empty_body> bare_response_;
    bool is_idle_ = false;
    clock::time_point idle_since_;
};

void server::connection::wait() {
    if (owner_.stopping) return close();
    if (buffer_.size() > 0) return read_header();
    is_idle_ = true;
    idle_since_ = clock::now();
    stream_.expires_after(owner_.options.idle_timeout);
    constexpr std::size_t first_piece = 4096;
    stream_.async_read_some(buffer_.prepare(first_piece),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                                self->is_idle_ = false;
                                if (error) return;
                                self->buffer_.commit(size);
                                self->read_header();
                            });
}

void server::connection::read_header() {
    parser_.emplace();
    parser_->header_limit(owner_.options.header_bytes_max);
    parser_->body_limit(owner_.options.body_bytes_max);
    stream_.expires_after(owner_.options.request_timeout);
    beast::http::async_read_header(stream_, buffer_, *parser_,
                                   [self = shared_from_this()](error_code error, std::size_t) {
                                       if (error) return self->on_bad_read(error);
                                       self->read_body();
                                   });
}

void server::connection::read_body() {
    const auto expectation = parser_->get()[beast::http::field::expect];
    if (beast::iequals(expectation, "100-continue") && !parser_->is_done()) {
        bare_response_ = {beast::http::status::continue_, 11};
        beast::http::async_write(stream_, bare_response_,
                                 [self = shared_from_this()](error_code error, std::size_t) {
                                     self->parser_->get().erase(beast::http::field::expect);
                                     if (!error) self->read_body();
                                 });
        return;
    }
    beast::http::async_read(stream_, buffer_, *parser_,
                            [self = shared_from_this()](error_code error, std::size_t) {
                                if (error) return self->on_bad_read(error);
                                self->answer();
                            });
}

void server::connection::on_bad_read(error_code error) {
    using http_error = beast::http::error;
    if (error == http_error::end_of_stream || error == http_error::partial_message) return close();
    if (error == http_error::body_limit) {
        return send(error_response(413, "HTTP 413 Request Entity Too Large"), true, false);
    }
    if (error == http_error::header_limit || error == http_error::buffer_overflow) {
        return send(error_response(431, "HTTP 431 Request Header Fields Too Large"), true, false);
    }
    const bool is_of_protocol =
        error.category() == make_error_code(http_error::bad_method).category();
    if (!is_of_protocol) return close();
    send(error_response(400, fmt::format("HTTP 400 Bad Request: {}", error.message())), true,
         false);
}

request server::connection::take_request() {
    auto& message = parser_->get();
    request out;
    out.method = message.method_string();
    for (const auto& each : message) {
        out.headers.emplace_back(lower({each.name_string().data(), each.name_string().size()}),
                                 std::string(each.value().data(), each.value().size()));
    }
    out.body = std::move(message.body());
    return out;
}

void server::connection::answer() {
    const auto& message = parser_->get();
    const bool keep_alive = message.keep_alive() && !owner_.stopping;
    const bool is_head = message.method() == beast::http::verb::head;
    const bool needs_host = message.version() >= 11;
    auto parsed = parse_target({message.target().data(), message.target().size()});
    auto asked = take_request();
    if (is_head) asked.method = "GET";
    if (!parsed || (needs_host && !asked.header("host"))) {
        return send(error_response(400, "HTTP 400 Bad Request"), !is_head, false);
    }
    asked.path = std::move(parsed->path);
    asked.segments = std::move(parsed->segments);
    asked.query = std::move(parsed->query);
    if (is_of_other_site(asked)) {
        return send(error_response(403, "Pages of other sites may not change anything here."), true,
                    keep_alive);
    }
    send(owner_.routes.answer(asked), !is_head, keep_alive);
}

void server::connection::send(response what, bool with_body, bool keep_alive) {
    response_ = {static_cast<beast::http::status>(what.status), 11};
    if (!what.content_type.empty()) {
        response_.set(beast::http::field::content_type, what.content_type);
    }
    for (const auto& [name, value] : what.headers)
        response_.set(name, value);
    // What is shown changes, and is not for pages of other sites to guess at.
    response_.set(beast::http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    response_.keep_alive(keep_alive);
    if (what.status != 204) response_.content_length(what.body.size());
    response_.body() = std::move(what.body);
    stream_.expires_after(owner_.options.write_timeout);
    auto sent = [self = shared_from_this(), keep_alive](error_code error, std::size_t) {
        if (error) return self->close();
        self->response_.body() = {};
        if (!keep_alive) return self->say_goodbye();
        self->wait();
    };
    if (with_body) return beast::http::async_write(stream_, response_, std::move(sent));
    bare_response_ = beast::http::response<beast::http::empty_body>(response_.base());
    beast::http::async_write(stream_, bare_response_, std::move(sent));
}

void server::connection::refuse() {
    send(error_response(503, "Too many connections."), true, false);
}

// Closing with unread bytes resets the connection, and the client would not see the response.
void server::connection::say_goodbye() {
    error_code error;
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    if (error) return close();
    stream_.expires_after(farewell_time);
    drain(farewell_bytes_max);
}

void server::connection::drain(std::size_t bytes_left) {
    buffer_.clear();
    constexpr std::size_t piece = 16 * 1024;
    stream_.async_read_some(buffer_.prepare(piece), [self = shared_from_this(), bytes_left](
                                                        error_code error, std::size_t size) {
        if (error || size >= bytes_left) return self->close();
        self->drain(bytes_left - size);
    });
}

std::expected<void, std::string> server::state::listen() {
    const auto failed = [&](const error_code& error) {
        return std::unexpected(
            fmt::format("cannot listen on {}: {}", options.listen, error.message()));
    };
    const auto where = parse_address(options.listen);
    if (!where) return std::unexpected(fmt::format("cannot listen: {}", where.error()));
    error_code error;
    tcp::resolver resolver(loop);
    const auto found = resolver.resolve(where->host, where->port, tcp::resolver::passive, error);
    if (error || found.empty()) return failed(error);
    const tcp::endpoint endpoint = *found.begin();
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (error) return failed(error);
    const auto bound = acceptor.local_endpoint();
    const auto number = bound.address().to_string();
    address = fmt::format(fmt::runtime(bound.address().is_v6() ? "[{}]:{}" : "{}:{}"), number,
                          bound.port());
    if (!bound.address().is_loopback()) {
        base::log_warn(
            "{} is not a loopback address: whoever reaches it can see and pause "
            "connectors without a password",
            address);
    }
    return {};
}

// What a library throws ends what it was about, not the server.
void server::state::run() {
    for (;;) {
        try {
            loop.run();
            return;
        } catch (const std::exception& error) {
            base::log_error("HTTP: {}", error.what());
        }
    }
}

void server::state::accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
        if (stopping || !acceptor.is_open()) return;
        if (!error) {
            admit(std::move(socket));
            return accept();
        }
        // Out of descriptors, say: connections that end make room.
        timer.expires_after(pause_after_accept_error);
        timer.async_wait([this](error_code) {
            if (!stopping) accept();
        });
    });
}

void server::state::admit(tcp::socket socket) {
    if (connections.size() >= options.connections_max + refused_max) return;
    const bool is_full = connections.size() >= options.connections_max;
    connection* longest_idle = nullptr;
    for (auto* each : connections) {
        if (!is_full || !each->is_idle()) continue;
        if (!longest_idle || each->idle_since() < longest_idle->idle_since()) longest_idle = each;
    }
    const auto made = std::make_shared<connection>(*this, std::move(socket));
    if (longest_idle != nullptr) longest_idle->close();
    if (is_full && longest_idle == nullptr) return made->refuse();
    made->wait();
}

void server::state::begin_stop(milliseconds patience) {
    stopping = true;
    error_code ignored;
    acceptor.close(ignored);
    for (auto* each : connections) {
        if (each->is_idle()) each->close();
    }
    timer.cancel();
    if (connections.empty()) return;
    timer.expires_after(patience);
    timer.async_wait([this](error_code error) {
        if (error) return;
        for (auto* each : connections)
            each->close();
    });
}

void server::state::left(connection* which) {
    connections.erase(which);
    if (stopping && connections.empty()) timer.cancel();
}

server::server(std::unique_ptr<state> inside) : state_(std::move(inside)) {}

server::~server() {
    stop(milliseconds(1000));
}

std::expected<std::unique_ptr<server>, std::string> server::start(server_options options,
                                                                  router routes) {
    try {
        auto made = std::make_unique<state>(std::move(options), std::move(routes));
        if (auto listening = made->listen(); !listening) {
            return std::unexpected(listening.error());
        }
        made->accept();
        made->thread = std::thread([inside = made.get()] { inside->run(); });
        return std::unique_ptr<server>(new server(std::move(made)));
    } catch (const std::exception& error) {
        return std::unexpected(fmt::format("the HTTP server cannot start: {}", error.what()));
    }
}

const std::string& server::address() const {
    return state_->address;
}

std::uint16_t server::port() const {
    return static_cast<std::uint16_t>(
        std::stoi(state_->address.substr(state_->address.rfind(':') + 1)));
}

void server::stop(milliseconds patience) {
    if (!state_->thread.joinable()) return;
    asio::post(state_->loop, [inside = state_.get(), patience] { inside->begin_stop(patience); });
    state_->thread.join();
}

}  // namespace weir::connect::http
