#include "connectors/http/client.hpp"

#include <openssl/ssl.h>

#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace weir::connectors::http {

namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using error_code = boost::system::error_code;
using clock = std::chrono::steady_clock;
using milliseconds = std::chrono::milliseconds;

constexpr int redirects_max = 3;
constexpr std::uint32_t header_bytes_max = 64 * 1024;
// A body that is dropped is read to its end up to here: a new connection costs more.
constexpr std::size_t dropped_bytes_max = 1 << 20;
constexpr std::size_t idle_max = 64;  // of one origin

auto into(error_code& failed) {
    return asio::redirect_error(asio::use_awaitable, failed);
}

struct connection {
    connection(asio::io_context& context, ssl::context& tls, bool is_secure) {
        if (is_secure) {
            secure.emplace(context, tls);
        } else {
            plain.emplace(context);
        }
    }
    beast::tcp_stream& lowest() { return secure ? secure->next_layer() : *plain; }

    std::optional<beast::tcp_stream> plain;
    std::optional<beast::ssl_stream<beast::tcp_stream>> secure;
    beast::flat_buffer buffer;
    bool was_used = false;
};

// What came of one exchange over one connection.
struct exchange_result {
    answer got;
    std::string location;
    std::string phase;  // what was being done when `failed` happened
    error_code failed;
    bool has_begun = false;  // some of a response came
    bool keeps = false;      // the connection
};

using request_message = beast::http::request<beast::http::span_body<char>>;

request_message message_of(const request& what, const url& to) {
    request_message out;
    out.version(11);
    out.method_string(what.method);
    out.target(to.target);
    out.set(beast::http::field::host, to.authority());
    out.set(beast::http::field::user_agent, "weir");
    for (const auto& [name, value] : what.headers)
        out.set(name, value);
    if (what.body) {
        // Only read, although span_body could be written to.
        out.body() = beast::span<char>(const_cast<char*>(what.body->data()), what.body->size());
        out.content_length(what.body->size());
    } else if (what.method != "GET" && what.method != "HEAD") {
        out.content_length(0);
    }
    return out;
}

std::string text_of(const beast::http::fields& fields, beast::http::field name) {
    const auto value = fields[name];
    return {value.data(), value.size()};
}

using parser = beast::http::response_parser<beast::http::buffer_body>;

template <class Stream>
asio::awaitable<void> read_body(Stream& stream, beast::flat_buffer& buffer, parser& response,
                                std::size_t kept_max, exchange_result& out) {
    std::array<char, 16 * 1024> piece;
    std::size_t dropped = 0;
    while (!response.is_done()) {
        auto& body = response.get().body();
        body.data = piece.data();
        body.size = piece.size();
        body.more = true;
        co_await beast::http::async_read(stream, buffer, response, into(out.failed));
        if (out.failed == beast::http::error::need_buffer) out.failed = {};
        const auto size = piece.size() - response.get().body().size;
        const auto kept = std::min(size, kept_max - out.got.body.size());
        out.got.body.append(piece.data(), kept);
        dropped += size - kept;
        if (out.failed) co_return;
        if (dropped > dropped_bytes_max) break;
    }
    out.got.is_cut = dropped > 0;
    out.keeps = response.is_done() && response.keep_alive();
}

template <class Stream>
asio::awaitable<void> exchange(Stream& stream, beast::flat_buffer& buffer, request_message& message,
                               std::size_t kept_max, exchange_result& out) {
    out.got.has_reached = true;
    out.phase = "send";
    co_await beast::http::async_write(stream, message, into(out.failed));
    // A server may answer before it has read everything, and close: the answer is what counts.
    const auto write_failed = out.failed;
    out.failed = {};
    out.phase = "receive";
    for (int interim = 0; interim < 8; ++interim) {
        parser response;
        response.header_limit(header_bytes_max);
        response.body_limit(boost::none);
        response.skip(message.method() == beast::http::verb::head);
        co_await beast::http::async_read_header(stream, buffer, response, into(out.failed));
        out.has_begun = response.got_some();
        if (out.failed && write_failed) out.failed = write_failed;
        if (out.failed) co_return;
        const auto status = static_cast<int>(response.get().result_int());
        if (status / 100 == 1 && status != 101) continue;
        const auto& fields = response.get().base();
        out.got.status = status;
        out.got.retry_after = text_of(fields, beast::http::field::retry_after);
        out.got.content_type = text_of(fields, beast::http::field::content_type);
        out.location = text_of(fields, beast::http::field::location);
        co_await read_body(stream, buffer, response, kept_max, out);
        out.keeps = out.keeps && !write_failed;
        co_return;
    }
    out.failed = beast::http::error::bad_status;
}

bool is_redirect(int status, const std::string& method) {
    if (status == 307 || status == 308) return true;
    return method == "GET" && (status == 301 || status == 302 || status == 303);
}

}  // namespace

struct client::state {
    explicit state(client_options with)
        : options(std::move(with)),
          context(1),
          tls(ssl::context::tls_client),
          work(context.get_executor()) {}
    ~state() { drop(); }

    std::expected<void, std::string> load_tls();
    asio::awaitable<void> run(request what);
    asio::awaitable<exchange_result> talk(const request& what, const url& to, std::uint64_t begun);
    asio::awaitable<void> open(connection& over, const url& to, exchange_result& out);
    std::unique_ptr<connection> make_connection(const url& to);
    std::unique_ptr<connection> take(const url& to);
    void give_back(const url& to, std::unique_ptr<connection> used);
    void drop();

    client_options options;
    std::set<connection*> active;
    asio::io_context context;
    ssl::context tls;
    asio::executor_work_guard<asio::io_context::executor_type> work;
    std::map<std::string, std::vector<std::unique_ptr<connection>>> idle;
    std::vector<answer> arrived;
    std::vector<answer> given;
    std::uint64_t generation = 0;  // counts abandon(): what belongs to an earlier one ends
    std::atomic<bool> is_interrupted = false;
    bool has_authorities = false;
};

namespace {

// Connections that abandon() can close.
struct activity {
    activity(std::set<connection*>& of, connection* which) : all(of), one(which) {
        all.insert(one);
    }
    ~activity() { all.erase(one); }
    activity(const activity&) = delete;
    activity& operator=(const activity&) = delete;

    std::set<connection*>& all;
    connection* one;
};

std::string failure_text(const exchange_result& of, const url& to) {
    auto reason = of.failed == beast::error::timeout               ? std::string("timed out")
                  : of.failed == beast::http::error::end_of_stream ? std::string("closed by peer")
                                                                   : of.failed.message();
    return of.phase + " " + to.origin() + ": " + reason;
}

}  // namespace

std::expected<void, std::string> client::state::load_tls() {
    error_code failed;
    tls.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                    ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
    if (!options.tls_ca.empty()) tls.load_verify_file(options.tls_ca, failed);
    if (failed) return std::unexpected("tls.ca: " + failed.message());
    if (!options.tls_cert.empty()) tls.use_certificate_chain_file(options.tls_cert, failed);
    if (failed) return std::unexpected("tls.cert: " + failed.message());
    if (!options.tls_key.empty())
        tls.use_private_key_file(options.tls_key, ssl::context::pem, failed);
    if (failed) return std::unexpected("tls.key: " + failed.message());
    tls.set_verify_mode(options.tls_verify ? ssl::verify_peer : ssl::verify_none);
    return {};
}

std::unique_ptr<connection> client::state::make_connection(const url& to) {
    // The system's authorities are many: they are read when they are needed.
    error_code ignored;
    if (to.tls && options.tls_ca.empty() && !std::exchange(has_authorities, true))
        tls.set_default_verify_paths(ignored);
    return std::make_unique<connection>(context, tls, to.tls);
}

std::unique_ptr<connection> client::state::take(const url& to) {
    auto& kept = idle[to.origin()];
    if (kept.empty()) return make_connection(to);
    auto out = std::move(kept.back());
    kept.pop_back();
    out->was_used = true;
    return out;
}

void client::state::give_back(const url& to, std::unique_ptr<connection> used) {
    used->lowest().expires_never();
    auto& kept = idle[to.origin()];
    if (kept.size() < idle_max) kept.push_back(std::move(used));
}

asio::awaitable<void> client::state::open(connection& over, const url& to, exchange_result& out) {
    tcp::resolver::results_type addresses;
    const auto address = asio::ip::make_address(to.host, out.failed);
    out.phase = "resolve";
    if (!out.failed) {
        const auto port = static_cast<std::uint16_t>(std::stoi(to.port));
        addresses =
            tcp::resolver::results_type::create(tcp::endpoint(address, port), to.host, to.port);
    } else {
        out.failed = {};
        tcp::resolver resolver(context);
        addresses = co_await resolver.async_resolve(to.host, to.port, into(out.failed));
        if (out.failed) co_return;
    }
    out.phase = "connect to";
    over.lowest().expires_after(milliseconds(options.connect_ms));
    co_await over.lowest().async_connect(addresses, into(out.failed));
    if (out.failed) co_return;
    error_code ignored;
    over.lowest().socket().set_option(tcp::no_delay(true), ignored);
    if (!over.secure) co_return;
    out.phase = "TLS handshake with";
    SSL_set_tlsext_host_name(over.secure->native_handle(), to.host.c_str());
    if (options.tls_verify)
        over.secure->set_verify_callback(ssl::host_name_verification(to.host), out.failed);
    co_await over.secure->async_handshake(ssl::stream_base::client, into(out.failed));
}

// One exchange with one server. A kept connection may have been closed by the server while nobody
// looked: the second try has one of its own.
asio::awaitable<exchange_result> client::state::talk(const request& what, const url& to,
                                                     std::uint64_t begun) {
    exchange_result out;
    for (int tries = 0; tries < 2; ++tries) {
        out = exchange_result();
        auto over = tries == 0 ? take(to) : make_connection(to);
        const activity closable(active, over.get());
        if (!over->was_used) {
            co_await open(*over, to, out);
            if (out.failed || begun != generation) break;
        }
        auto message = message_of(what, to);
        over->lowest().expires_after(milliseconds(options.request_ms));
        if (over->secure) {
            co_await exchange(*over->secure, over->buffer, message, options.body_bytes_max, out);
        } else {
            co_await exchange(*over->plain, over->buffer, message, options.body_bytes_max, out);
        }
        const bool is_stale =
            over->was_used && out.failed && !out.has_begun && out.failed != beast::error::timeout;
        if (out.failed) out.got.status = 0;
        if (is_stale && begun == generation) continue;
        if (!out.failed && out.keeps && begun == generation) give_back(to, std::move(over));
        break;
    }
    co_return out;
}

asio::awaitable<void> client::state::run(request what) {
    const auto begun = generation;
    const auto at = clock::now();
    auto to = what.to;
    exchange_result result;
    try {
        for (int redirects = 0;; ++redirects) {
            result = co_await talk(what, to, begun);
            if (result.failed || !is_redirect(result.got.status, what.method)) break;
            auto next = redirected(to, result.location);
            if (redirects == redirects_max) next = std::unexpected("too many redirects");
            if (!next) result.got.note = next.error();
            if (!next) break;
            to = std::move(*next);
        }
        if (result.failed) result.got.failure = failure_text(result, to);
    } catch (const std::exception& thrown) {
        result.got = answer();
        result.got.failure = std::string("request failed: ") + thrown.what();
    }
    if (begun != generation) co_return;
    result.got.id = what.id;
    result.got.took_ms = std::chrono::duration_cast<milliseconds>(clock::now() - at).count();
    arrived.push_back(std::move(result.got));
}

void client::state::drop() {
    ++generation;
    for (auto* each : active)
        each->lowest().close();
    active.clear();
    arrived.clear();
    // What was closed ends here, but for names that are being resolved.
    context.restart();
    context.poll();
}

client::client(std::unique_ptr<state> with) : state_(std::move(with)) {}
client::~client() = default;

std::expected<std::unique_ptr<client>, std::string> client::make(client_options options) {
    try {
        auto made = std::make_unique<state>(std::move(options));
        const auto loaded = made->load_tls();
        if (!loaded) return std::unexpected(loaded.error());
        return std::unique_ptr<client>(new client(std::move(made)));
    } catch (const std::exception& thrown) {
        return std::unexpected(std::string(thrown.what()));
    }
}

void client::start(request what) {
    const auto ended = [](const std::exception_ptr&) {};  // run() lets nothing out
    asio::co_spawn(state_->context, state_->run(std::move(what)), ended);
}

const std::vector<answer>& client::wait(std::int64_t timeout_ms) {
    auto& state = *state_;
    const auto deadline =
        clock::now() + milliseconds(std::min<std::int64_t>(timeout_ms, 3'600'000));
    state.given.clear();
    state.context.restart();
    state.context.poll();
    while (state.arrived.empty() && !state.is_interrupted && clock::now() < deadline)
        state.context.run_one_until(deadline);
    state.is_interrupted = false;
    std::swap(state.arrived, state.given);
    return state.given;
}

void client::abandon() {
    state_->drop();
}

void client::interrupt() {
    state_->is_interrupted = true;
    asio::post(state_->context, [] {});
}

}  // namespace weir::connectors::http
