// Goal: the server answers as HTTP/1.1 demands and is bounded in everything that comes from
// outside. Method: a server on a free port, and raw sockets that behave badly: slow, too big, too
// many, all at once. Whoever waits, waits in a read with a deadline.
#include "connect/http/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>

#include "connect/http/client.hpp"

namespace weir::connect::http {
namespace {

using namespace std::chrono_literals;

// A connection that says and reads bytes as they are.
class raw {
  public:
    explicit raw(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval patience{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    }
    ~raw() { ::close(descriptor_); }
    raw(const raw&) = delete;
    raw& operator=(const raw&) = delete;

    bool say(std::string_view text) {
        while (!text.empty()) {
            const auto sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    // Until the server closes, or until there are `enough` of this text.
    std::string read(std::string_view what = {}, std::size_t enough = 1) {
        while (what.empty() || count(what) < enough) {
            std::array<char, 65536> piece;
            const auto got = ::recv(descriptor_, piece.data(), piece.size(), 0);
            if (got <= 0) break;
            all_.append(piece.data(), static_cast<std::size_t>(got));
        }
        return all_;
    }

  private:
    std::size_t count(std::string_view what) const {
        std::size_t out = 0;
        for (auto at = all_.find(what); at != std::string::npos; at = all_.find(what, at + 1))
            ++out;
        return out;
    }
    int descriptor_;
    std::string all_;
};

router routes() {
    return router(
        {{"GET", "/hello", [](const request&) { return response{.body = "hello"}; }},
         {"GET", "/big",
          [](const request&) { return response{.body = std::string(20 << 20, 'x')}; }},
         {"POST", "/echo", [](const request& asked) { return response{.body = asked.body}; }}});
}

std::unique_ptr<server> started(server_options options = {}) {
    options.listen = "127.0.0.1:0";
    auto made = server::start(options, routes());
    EXPECT_TRUE(made) << made.error();
    return std::move(*made);
}

constexpr std::string_view get_hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(http_server, a_connection_serves_many_requests_also_ahead_of_their_answers) {
    const auto server = started();
    raw client(server->port());
    std::string many;
    for (int each = 0; each < 100; ++each)
        many += get_hello;
    ASSERT_TRUE(client.say(many));
    client.read("hello", 100);
    ASSERT_TRUE(client.say("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    const auto all = client.read();
    EXPECT_NE(all.find("Connection: close"), std::string::npos);
}

TEST(http_server, head_has_the_length_but_no_body) {
    const auto server = started();
    raw client(server->port());
    client.say("HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const auto all = client.read();
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n")) << all;
    EXPECT_NE(all.find("Content-Length: 5\r\n"), std::string::npos) << all;
    EXPECT_TRUE(all.ends_with("\r\n\r\n")) << all;
}

TEST(http_server, an_old_client_is_answered_and_let_go) {
    const auto server = started();
    raw client(server->port());
    client.say("GET /hello HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(client.read().ends_with("hello"));
}

TEST(http_server, what_is_too_big_is_refused_in_words) {
    const auto server = started({.header_bytes_max = 4096, .body_bytes_max = 1000});
    raw headers(server->port());
    headers.say("GET /hello HTTP/1.1\r\nX: " + std::string(100'000, 'a'));
    EXPECT_TRUE(headers.read().starts_with("HTTP/1.1 431 ")) << headers.read();
    raw declared(server->port());
    declared.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
    const auto refused = declared.read();
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 413 ")) << refused;
    EXPECT_TRUE(
        refused.ends_with(R"({"error_code":413,"message":"HTTP 413 Request Entity Too Large"})"));
    raw chunked(server->port());
    chunked.say("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" +
                std::string(0x800, 'b'));
    EXPECT_TRUE(chunked.read().starts_with("HTTP/1.1 413 "));
    raw fits(server->port());
    fits.say(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
    EXPECT_TRUE(fits.read().ends_with("\r\n\r\nbody"));
}

TEST(http_server, what_is_no_request_is_400) {
    const auto server = started();
    for (const auto* each :
         {"hello\r\n\r\n", "GET /hello HTTP/1.1\r\n\r\n", "GET hello HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET /hello HTTP/9.9\r\nHost: a\r\n\r\n",
          "GET /hello HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
        raw client(server->port());
        client.say(each);
        EXPECT_TRUE(client.read().starts_with("HTTP/1.1 400 ")) << each;
    }
}

TEST(http_server, a_page_of_another_site_changes_nothing) {
    const auto server = started();
    raw other(server->port());
    other.say(
        "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:1\r\nOrigin: http://127.0.0.1:2\r\nContent-Length: "
        "0\r\n"
        "Connection: close\r\n\r\n");
    EXPECT_TRUE(other.read().starts_with("HTTP/1.1 403 "));
    raw same(server->port());
    same.say(
        "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:1\r\nOrigin: http://127.0.0.1:1\r\nContent-Length: "
        "0\r\n"
        "Connection: close\r\n\r\n");
    EXPECT_TRUE(same.read().starts_with("HTTP/1.1 200 "));
}

TEST(http_server, a_client_that_waits_before_its_body_is_told_to_go_on) {
    const auto server = started();
    raw client(server->port());
    client.say(
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n"
        "Connection: close\r\n\r\n");
    EXPECT_TRUE(client.read("\r\n\r\n").starts_with("HTTP/1.1 100 Continue"));
    client.say("body");
    EXPECT_TRUE(client.read().ends_with("\r\n\r\nbody"));
}

TEST(http_server, slow_clients_are_closed_and_disturb_nobody) {
    const auto server = started({.idle_timeout = 500ms, .request_timeout = 500ms});
    raw silent(server->port());
    raw slow(server->port());
    slow.say("GET /hello HTT");
    raw body(server->port());
    body.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    const auto page = get({.address = server->address(), .path = "/hello"});
    ASSERT_TRUE(page) << page.error();
    EXPECT_EQ(page->body, "hello");
    EXPECT_EQ(silent.read(), "");
    EXPECT_EQ(slow.read(), "");
    EXPECT_EQ(body.read(), "");
}

TEST(http_server, one_who_does_not_read_its_answer_is_closed) {
    const auto server = started({.write_timeout = 500ms});
    raw client(server->port());
    client.say("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto page = get({.address = server->address(), .path = "/hello"});
    ASSERT_TRUE(page) << page.error();
    EXPECT_EQ(page->body, "hello");
    // It is closed once the time is over, so that stopping has nothing to wait for.
    server->stop(20s);
    EXPECT_LT(client.read().size(), 20U << 20);
}

TEST(http_server, connections_are_bounded_and_idle_ones_make_room) {
    const auto server = started({.connections_max = 4, .request_timeout = 20s});
    {
        std::vector<std::unique_ptr<raw>> busy;
        for (int each = 0; each < 4; ++each) {
            busy.push_back(std::make_unique<raw>(server->port()));
            // An answer first, so that it is known to be accepted.
            busy.back()->say(get_hello);
            busy.back()->read("hello");
        }
        raw fifth(server->port());
        fifth.say(get_hello);
        EXPECT_TRUE(fifth.read("hello").starts_with("HTTP/1.1 200 "));
        EXPECT_TRUE(busy.front()->read().ends_with("hello")) << "the longest idle one was closed";
    }
    raw probe(server->port());
    probe.say(get_hello);
    EXPECT_TRUE(probe.read("hello").starts_with("HTTP/1.1 200 "));
}

TEST(http_server, when_all_are_busy_another_one_is_told) {
    const auto server = started({.connections_max = 2, .request_timeout = 20s});
    raw first(server->port());
    raw second(server->port());
    for (auto* each : {&first, &second}) {
        each->say(get_hello);
        each->read("hello");
        each->say(
            "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n"
            "\r\n");
        each->read("100 Continue");
    }
    raw third(server->port());
    EXPECT_TRUE(third.read().starts_with("HTTP/1.1 503 "));
    first.say("right");
    EXPECT_TRUE(first.read("right").ends_with("right"));
}

TEST(http_server, hundreds_of_clients_at_once_are_all_answered) {
    const auto server = started();
    std::vector<std::unique_ptr<raw>> clients;
    for (int each = 0; each < 200; ++each) {
        clients.push_back(std::make_unique<raw>(server->port()));
        clients.back()->say(get_hello);
    }
    for (const auto& each : clients)
        EXPECT_TRUE(each->read("hello").ends_with("hello"));
}

TEST(http_server, stopping_does_not_wait_longer_than_it_may) {
    const auto server = started({.request_timeout = 60s});
    raw idle(server->port());
    idle.say(get_hello);
    idle.read("hello");
    raw stuck(server->port());
    stuck.say(get_hello);
    stuck.read("hello");
    stuck.say("GET /hello HTT");
    const auto begin = std::chrono::steady_clock::now();
    server->stop(300ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    EXPECT_TRUE(idle.read().ends_with("hello"));
    EXPECT_TRUE(stuck.read().ends_with("hello"));
}

TEST(http_server, an_address_that_cannot_be_is_told_in_a_sentence) {
    const auto server = started();
    const auto taken = server::start({.listen = server->address()}, routes());
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error(), "cannot listen on " + server->address() + ": Address already in use");
    for (const auto* each : {"8083", "127.0.0.1:x", "127.0.0.1:99999", ""})
        EXPECT_FALSE(server::start({.listen = each}, routes())) << each;
}

TEST(http_client, what_does_not_answer_is_told_in_a_sentence) {
    std::string address;
    {
        const auto server = started();
        address = server->address();
        EXPECT_EQ(get({.address = address, .path = "/nothing"})->status, 404);
        EXPECT_FALSE(get({.address = address, .path = "/big", .body_bytes_max = 1000}));
    }
    const auto gone = get({.address = address});
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error(), address + " cannot be reached: Connection refused");
    EXPECT_FALSE(get({.address = "8083"}));
}

}  // namespace
}  // namespace weir::connect::http
